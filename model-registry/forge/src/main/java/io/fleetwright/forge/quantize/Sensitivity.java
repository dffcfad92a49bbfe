package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.weights.InputMoments;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.forge.weights.WeightGrid;
import io.fleetwright.forge.weights.WeightRows;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How much the answers change when one layer alone gets a format: the mean over the inputs of
 * {@code KL(softmax f(x) || softmax f_lb(x))} for layer l in format b, weights rounded to the nearest level (Cai et al.,
 * 2020, equation 2). What mixed precision spends its bits by; no labels and no gradients are needed.
 */
public final class Sensitivity {
    private final FloatInference inference;
    private final List<List<float[]>> activations;
    private final CalibrationSet calibration;

    private Sensitivity(FloatNetwork network, CalibrationSet calibration) {
        this.calibration = calibration;
        inference = new FloatInference(network);
        activations = calibration.inputs().stream().map(inference::activations).toList();
    }

    /**
     * One map per layer with weights, in order; each value 0 or more, in nats.
     *
     * @throws IllegalArgumentException if the inputs are not of the network's shape
     */
    public static List<Map<WeightFormat, Double>> of(
            FloatNetwork network, CalibrationSet calibration, List<WeightFormat> formats) {
        var sensitivity = new Sensitivity(network, calibration);
        List<Map<WeightFormat, Double>> layers = new ArrayList<>();
        for (int l = 0; l < network.layers().size(); l++) {
            if (WeightRows.areIn(network.layers().get(l))) {
                layers.add(sensitivity.ofLayer(l, formats));
            }
        }
        return layers;
    }

    private Map<WeightFormat, Double> ofLayer(int index, List<WeightFormat> formats) {
        LayerKernel kernel = inference.kernels().get(index);
        FloatLayer layer = kernel.layer();
        var moments = new InputMoments(kernel);
        for (int n = 0; n < activations.size(); n++) {
            moments.add(input(index, n));
        }
        Map<WeightFormat, Double> divergences = new EnumMap<>(WeightFormat.class);
        for (WeightFormat format : formats) {
            WeightRows rounded = Rounding.NEAREST
                    .round(WeightGrid.fit(WeightRows.of(layer), format), moments)
                    .real();
            var changed = new LayerKernel(rounded.into(layer, WeightRows.bias(layer)), kernel.in());
            double sum = 0;
            for (int n = 0; n < activations.size(); n++) {
                float[] answer = inference.continueAfter(index, changed.outputs(input(index, n)));
                sum += divergence(activations.get(n).getLast(), answer);
            }
            divergences.put(format, sum / activations.size());
        }
        return divergences;
    }

    private float[] input(int index, int n) {
        return index == 0 ? calibration.inputs().get(n) : activations.get(n).get(index - 1);
    }

    /** {@code KL(softmax(expected) || softmax(found))}. */
    static double divergence(float[] expected, float[] found) {
        double[] p = logSoftmax(expected);
        double[] q = logSoftmax(found);
        double sum = 0;
        for (int k = 0; k < p.length; k++) {
            sum += StrictMath.exp(p[k]) * (p[k] - q[k]);
        }
        return Math.max(sum, 0);
    }

    static double[] logSoftmax(float[] logits) {
        double largest = logits[FloatInference.largest(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += StrictMath.exp(logit - largest);
        }
        var result = new double[logits.length];
        for (int k = 0; k < result.length; k++) {
            result[k] = logits[k] - largest - StrictMath.log(sum);
        }
        return result;
    }
}
