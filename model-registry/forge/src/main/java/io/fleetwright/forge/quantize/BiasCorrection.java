package io.fleetwright.forge.quantize;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.weights.InputMoments;
import io.fleetwright.forge.weights.IntegerWeights;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.forge.weights.WeightRows;
import java.util.List;

/** What has to be added to the biases of a layer so that its sums keep their means. */
final class BiasCorrection {
    private final FloatNetwork network;
    private final BiasSource source;

    BiasCorrection(FloatNetwork network, BiasSource source) {
        this.network = network;
        this.source = source;
    }

    /**
     * One value per output channel of layer {@code index}.
     *
     * @param kernel the float layer, {@code integer} the one that the integers stand for
     * @param real what the float layer takes, {@code values} what the integer layer takes
     */
    double[] of(
            int index,
            LayerKernel kernel,
            LayerKernel integer,
            IntegerWeights weights,
            List<float[]> real,
            List<float[]> values) {
        return switch (source) {
            case MEASURED -> difference(means(kernel, real), means(integer, values));
            case STATISTICS -> fromStatistics(index, kernel, weights);
            case DEAD_ZONE -> deadZone(kernel, weights, values);
        };
    }

    private static double[] difference(double[] left, double[] right) {
        var result = new double[left.length];
        for (int c = 0; c < left.length; c++) {
            result[c] = left[c] - right[c];
        }
        return result;
    }

    private static double[] means(LayerKernel kernel, List<float[]> inputs) {
        var means = new double[kernel.out().channels()];
        for (float[] sums : inputs.parallelStream().map(kernel::sums).toList()) {
            for (int i = 0; i < sums.length; i++) {
                means[i % means.length] += sums[i];
            }
        }
        double count =
                (double) inputs.size() * kernel.out().height() * kernel.out().width();
        for (int c = 0; c < means.length; c++) {
            means[c] /= count;
        }
        return means;
    }

    private double[] fromStatistics(int index, LayerKernel kernel, IntegerWeights weights) {
        var scaling = new ChannelScaling(network);
        int before = index - 1;
        while (before >= 0 && scaling.next(before) != index) {
            before--;
        }
        ChannelStatistics statistics = network.statistics().layers().get(before);
        var by = new double[weights.channels()];
        if (statistics == null) {
            return by;
        }
        Activation activation = network.layers().get(before).activation();
        float[] target = WeightRows.of(kernel.layer()).values();
        float[] actual = weights.real().values();
        boolean depthwise = kernel.layer() instanceof Depthwise;
        for (int i = 0; i < target.length; i++) {
            int channel = depthwise ? i / weights.depth() : i % weights.depth() % statistics.channels();
            double mean = statistics.mean()[channel];
            double expected = activation == Activation.RELU
                    ? ClippedNormal.mean(mean, statistics.deviation()[channel])
                    : mean;
            by[i / weights.depth()] += ((double) target[i] - actual[i]) * expected;
        }
        return by;
    }

    private static double[] deadZone(LayerKernel kernel, IntegerWeights weights, List<float[]> values) {
        var by = new double[weights.channels()];
        if (weights.format() != WeightFormat.TERNARY) {
            return by;
        }
        var moments = new InputMoments(kernel);
        values.forEach(moments::add);
        float[] target = WeightRows.of(kernel.layer()).values();
        for (int c = 0; c < by.length; c++) {
            double[] mean = moments.mean(c);
            for (int i = 0; i < mean.length; i++) {
                int at = c * mean.length + i;
                by[c] += weights.levels()[at] == 0 ? target[at] * mean[i] : 0;
            }
        }
        return by;
    }
}
