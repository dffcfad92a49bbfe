package io.fleetwright.forge.calibrate;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.network.TrainedStatistics.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Makes inputs whose sums have the means and deviations that the training data had in every normalized layer: Adam on
 * {@code sum_l |mu_l(x) - mu_l|^2 + |sd_l(x) - sd_l|^2}, each layer divided by its mean variance so that none drowns
 * the others (Cai et al., 2020, equation 3). No data is needed.
 */
public final class Distillation {
    public static final int COUNT = 32;
    public static final int ITERATIONS = 300;

    private static final double RATE_FIRST = 0.1;
    private static final double RATE_LAST = 0.01;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;
    private static final double VARIANCE_MIN = 1e-6;

    private final FloatNetwork network;
    private final List<LayerKernel> kernels;
    private final Range range;
    private final float[][] inputs;

    private Distillation(FloatNetwork network, Range range, float[][] inputs) {
        this.network = network;
        this.range = range;
        this.inputs = inputs;
        int last = network.statistics().ordered().lastKey();
        kernels = new FloatInference(network).kernels().subList(0, last + 1);
    }

    /**
     * Inputs of a network that knows its statistics; the same seed gives the same inputs.
     *
     * @throws IllegalArgumentException if the network knows no statistics or not the range of its input, or a number
     *     is out of range
     */
    public static CalibrationSet of(FloatNetwork network, long seed, int count, int iterations) {
        if (network.statistics().layers().isEmpty()) {
            throw new IllegalArgumentException("zero-shot calibration needs training statistics, %s has none: %s"
                    .formatted(network.name(), "neither BatchNormalization nodes nor metadata"));
        }
        Range range = network.statistics()
                .input()
                .orElseThrow(() -> new IllegalArgumentException(
                        "zero-shot calibration needs the input's range, the metadata of %s does not say it"
                                .formatted(network.name())));
        if (count < 2 || count > CalibrationSet.COUNT_MAX || iterations < 1 || iterations > 10_000) {
            throw new IllegalArgumentException("count (%d) must be in 2..%d and iterations (%d) in 1..10000"
                    .formatted(count, CalibrationSet.COUNT_MAX, iterations));
        }
        var random = new SplittableRandom(seed);
        float middle = (range.low() + range.high()) / 2;
        float half = (range.high() - range.low()) / 2;
        var inputs = new float[count][network.input().elements()];
        for (float[] input : inputs) {
            for (int i = 0; i < input.length; i++) {
                input[i] = Math.clamp(middle + half * (float) random.nextGaussian(), range.low(), range.high());
            }
        }
        var distillation = new Distillation(network, range, inputs);
        distillation.descend(iterations);
        return new CalibrationSet(network.input(), List.of(inputs));
    }

    private void descend(int iterations) {
        int elements = network.input().elements();
        var first = new double[inputs.length][elements];
        var second = new double[inputs.length][elements];
        double width = range.high() - range.low();
        for (int step = 1; step <= iterations; step++) {
            float[][] gradients = gradients();
            double done = (double) (step - 1) / iterations;
            double rate = width * (RATE_LAST + (RATE_FIRST - RATE_LAST) * 0.5 * (1 + StrictMath.cos(Math.PI * done)));
            double unbias1 = 1 - StrictMath.pow(BETA1, step);
            double unbias2 = 1 - StrictMath.pow(BETA2, step);
            for (int n = 0; n < inputs.length; n++) {
                for (int i = 0; i < elements; i++) {
                    double gradient = gradients[n][i];
                    first[n][i] = BETA1 * first[n][i] + (1 - BETA1) * gradient;
                    second[n][i] = BETA2 * second[n][i] + (1 - BETA2) * gradient * gradient;
                    double by = rate * first[n][i] / unbias1 / (Math.sqrt(second[n][i] / unbias2) + EPSILON);
                    inputs[n][i] = Math.clamp((float) (inputs[n][i] - by), range.low(), range.high());
                }
            }
        }
    }

    /** Of the loss, for every input. Inputs are worked on side by side and joined in order. */
    private float[][] gradients() {
        List<List<float[]>> sums = IntStream.range(0, inputs.length)
                .parallel()
                .mapToObj(n -> sums(inputs[n]))
                .toList();
        List<ChannelMoments> moments = new ArrayList<>();
        for (int l = 0; l < kernels.size(); l++) {
            moments.add(ChannelMoments.of(sums, l, kernels.get(l).out().channels()));
        }
        return IntStream.range(0, inputs.length)
                .parallel()
                .mapToObj(n -> gradient(sums.get(n), moments))
                .toArray(float[][]::new);
    }

    private List<float[]> sums(float[] input) {
        var sums = new ArrayList<float[]>();
        float[] values = input;
        for (LayerKernel kernel : kernels) {
            float[] of = kernel.sums(values);
            sums.add(of);
            values = of.clone();
            for (int i = 0; i < values.length; i++) {
                values[i] = kernel.layer().activation().apply(values[i]);
            }
        }
        return sums;
    }

    private float[] gradient(List<float[]> sums, List<ChannelMoments> moments) {
        var gradient = new float[kernels.getLast().out().elements()];
        for (int l = kernels.size() - 1; l >= 0; l--) {
            float[] of = sums.get(l);
            if (l < kernels.size() - 1 && kernels.get(l).layer().activation() == Activation.RELU) {
                for (int i = 0; i < gradient.length; i++) {
                    gradient[i] = of[i] > 0 ? gradient[i] : 0;
                }
            }
            ChannelStatistics wanted = network.statistics().layers().get(l);
            if (wanted != null) {
                moments.get(l).addGradient(wanted, weight(wanted), of, gradient);
            }
            gradient = kernels.get(l).inputGradient(gradient);
        }
        return gradient;
    }

    /** The loss of these inputs, for tests. */
    static double loss(FloatNetwork network, float[][] inputs) {
        var distillation = new Distillation(network, new Range(-1, 1), inputs);
        List<List<float[]>> sums = new ArrayList<>();
        for (float[] input : inputs) {
            sums.add(distillation.sums(input));
        }
        double loss = 0;
        for (var layer : network.statistics().layers().entrySet()) {
            ChannelMoments found =
                    ChannelMoments.of(sums, layer.getKey(), layer.getValue().channels());
            loss += weight(layer.getValue()) * found.distance(layer.getValue());
        }
        return loss;
    }

    /** The gradient of {@link #loss}, for tests. */
    static float[][] gradients(FloatNetwork network, float[][] inputs) {
        return new Distillation(network, new Range(-1, 1), inputs).gradients();
    }

    private static double weight(ChannelStatistics wanted) {
        double sum = 0;
        for (float deviation : wanted.deviation()) {
            sum += (double) deviation * deviation;
        }
        return 1 / Math.max(sum, VARIANCE_MIN);
    }
}
