package io.fleetwright.forge.weights;

import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.LayerKernel;
import java.util.ArrayList;
import java.util.List;

/**
 * Mean and second moments of what a layer's weights are multiplied by: {@code E[x]} and {@code G = E[x x^T]} over all
 * windows. An error {@code d} in the weights of a channel is an expected squared error {@code d^T G d} of its sums.
 */
public final class InputMoments {
    private static final int DEPTH_MAX = 4608;

    private final LayerKernel kernel;
    private final int depth;
    private final double[][] sums;
    private final double[][] products;
    private final List<SecondMoments> second = new ArrayList<>();
    private long windows;

    /**
     * No windows yet.
     *
     * @throws IllegalArgumentException if the products of a channel would not fit into memory
     */
    public InputMoments(LayerKernel kernel) {
        this.kernel = kernel;
        depth = WeightRows.of(kernel.layer()).depth();
        if (depth > DEPTH_MAX) {
            throw new IllegalArgumentException(
                    "channels of %d weights: second moments are kept for at most %d".formatted(depth, DEPTH_MAX));
        }
        int distinct = isDepthwise() ? kernel.in().channels() : 1;
        sums = new double[distinct][depth];
        products = new double[distinct][depth * depth];
    }

    private boolean isDepthwise() {
        return kernel.layer() instanceof Depthwise;
    }

    /** Adds all windows of one input. */
    public void add(float[] values) {
        var row = new double[depth];
        kernel.windows(values, window -> {
            windows++;
            for (int c = 0; c < sums.length; c++) {
                for (int i = 0; i < depth; i++) {
                    row[i] = window[i * sums.length + c];
                }
                add(row, sums[c], products[c]);
            }
        });
    }

    private void add(double[] row, double[] sum, double[] product) {
        for (int i = 0; i < depth; i++) {
            double value = row[i];
            sum[i] += value;
            if (value != 0) {
                for (int j = 0; j < depth; j++) {
                    product[i * depth + j] += value * row[j];
                }
            }
        }
    }

    /** {@code E[x]} of an output channel; length depth. */
    public double[] mean(int channel) {
        return scaled(sums[isDepthwise() ? channel : 0]);
    }

    /** {@code E[x x^T]} of an output channel, of what was added up to the first call. */
    SecondMoments second(int channel) {
        int at = isDepthwise() ? channel : 0;
        while (second.size() <= at) {
            second.add(new SecondMoments(scaled(products[second.size()]), depth));
        }
        return second.get(at);
    }

    private double[] scaled(double[] total) {
        var result = new double[total.length];
        for (int i = 0; i < total.length; i++) {
            result[i] = total[i] / Math.max(windows, 1);
        }
        return result;
    }
}
