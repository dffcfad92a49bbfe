package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.weights.WeightRows;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The mean curvature of the loss over a layer's weights, {@code tr(H) / n}, by Hutchinson's estimator with random signs v:
 * {@code tr(H) = E[v' H v]}.
 *
 * <p>The loss is {@code mean_x KL(softmax f(x) || softmax f_w(x))}, which needs no labels. At the trained weights its gradient
 * by the answers is 0, so {@code v' H v = mean_x d' (diag(p) - p p') d} exactly, where p is the softmax and d the
 * derivative of the answers along v, taken as a central difference. It is never negative, and needs no backward pass.
 *
 * @see "Dong et al., HAWQ-V2, 2020, section 3; Martens, New Insights on the Natural Gradient Method, 2014, section 8"
 */
final class HessianTrace {
    /** Inputs that are looked at; their mean varies far less than the probes do. */
    private static final int INPUTS_MAX = 32;

    private static final int PROBES_MIN = 8;
    private static final int PROBES_MAX = 50;
    /** Standard error of the mean over the probes, as a part of it, at which enough is known. */
    private static final double ERROR_ENOUGH = 0.05;
    /** Length of a step as a part of the weights' root mean square: above float's rounding, below the next kink. */
    private static final double STEP = 1e-3;

    private final FloatInference inference;
    private final List<float[]> inputs;
    private final List<List<float[]>> activations;
    private final SplittableRandom random;

    HessianTrace(FloatNetwork network, CalibrationSet calibration, long seed) {
        inference = new FloatInference(network);
        inputs = calibration.inputs().stream().limit(INPUTS_MAX).toList();
        activations = inputs.parallelStream().map(inference::activations).toList();
        random = new SplittableRandom(seed);
    }

    /** The estimate for the layer at {@code index}, which has weights; finite and at least 0. */
    double mean(int index) {
        WeightRows weights = WeightRows.of(inference.kernels().get(index).layer());
        double sum = 0;
        double squares = 0;
        int probes = 0;
        while (probes < PROBES_MAX) {
            double value = along(index, weights, signs(weights.values().length));
            sum += value;
            squares += value * value;
            probes++;
            double mean = sum / probes;
            double variance = Math.max(0, squares / probes - mean * mean);
            if (probes >= PROBES_MIN && Math.sqrt(variance / probes) <= ERROR_ENOUGH * mean) {
                break;
            }
        }
        return sum / probes / weights.values().length;
    }

    private float[] signs(int length) {
        var signs = new float[length];
        for (int i = 0; i < length; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
        return signs;
    }

    /** {@code v' H v}. */
    double along(int index, WeightRows weights, float[] direction) {
        double step = STEP * rootMeanSquare(weights.values());
        if (step == 0) {
            return 0;
        }
        LayerKernel kernel = inference.kernels().get(index);
        LayerKernel forward = moved(kernel, weights, direction, step);
        LayerKernel backward = moved(kernel, weights, direction, -step);
        double[] curvatures = IntStream.range(0, inputs.size())
                .parallel()
                .mapToDouble(n -> {
                    float[] input =
                            index == 0 ? inputs.get(n) : activations.get(n).get(index - 1);
                    float[] ahead = inference.continueAfter(index, forward.outputs(input));
                    float[] behind = inference.continueAfter(index, backward.outputs(input));
                    return curvature(activations.get(n).getLast(), ahead, behind, 2 * step);
                })
                .toArray();
        double sum = 0;
        for (double curvature : curvatures) {
            sum += curvature;
        }
        return sum / curvatures.length;
    }

    private static LayerKernel moved(LayerKernel kernel, WeightRows weights, float[] direction, double step) {
        float[] values = weights.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (step * direction[i]);
        }
        FloatLayer layer = kernel.layer();
        var rows = new WeightRows(weights.channels(), weights.depth(), values);
        return new LayerKernel(rows.into(layer, WeightRows.bias(layer)), kernel.in());
    }

    /** {@code d' (diag(p) - p p') d}: the variance of d under p. */
    private static double curvature(float[] answer, float[] ahead, float[] behind, double distance) {
        double[] p = Sensitivity.logSoftmax(answer);
        double mean = 0;
        double squares = 0;
        for (int k = 0; k < p.length; k++) {
            double weight = StrictMath.exp(p[k]);
            double slope = ((double) ahead[k] - behind[k]) / distance;
            mean += weight * slope;
            squares += weight * slope * slope;
        }
        return Math.max(0, squares - mean * mean);
    }

    private static double rootMeanSquare(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum / values.length);
    }
}
