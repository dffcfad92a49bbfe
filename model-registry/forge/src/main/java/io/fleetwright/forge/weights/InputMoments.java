package io.fleetwright.forge.weights;

import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.LayerKernel;
import java.util.ArrayList;
import java.util.List;

/**
 * Mean and second moments of what a layer's weights are multiplied by: {@code E[x]} and {@code G = E[x x^T]} over all
 * windows. An error {@code d} in the weights of a channel is an expected squared error {@code d^T G d} of its sums.
 *
 * <p>Where the layers before are rounded already, {@code x} is no longer what the float layer gets. With the float
 * layer's own sums {@code y} there is {@code E[x y]} as well, and with it the weights that come closest to them.
 */
public final class InputMoments {
    private static final int DEPTH_MAX = 4608;

    private final LayerKernel kernel;
    private final int depth;
    private final double[][] sums;
    private final double[][] products;
    private final double[][] crossed;
    private final float[] bias;
    private final List<SecondMoments> second = new ArrayList<>();
    private long windows;
    private long windowsWithSums;

    /**
     * No windows yet.
     *
     * @throws IllegalArgumentException if the products of a channel would not fit into memory
     */
    public InputMoments(LayerKernel kernel) {
        this.kernel = kernel;
        depth = WeightRows.of(kernel.layer()).depth();
        bias = WeightRows.bias(kernel.layer());
        if (depth > DEPTH_MAX) {
            throw new IllegalArgumentException(
                    "channels of %d weights: second moments are kept for at most %d".formatted(depth, DEPTH_MAX));
        }
        int distinct = isDepthwise() ? kernel.in().channels() : 1;
        sums = new double[distinct][depth];
        products = new double[distinct][depth * depth];
        crossed = new double[bias.length][depth];
    }

    private boolean isDepthwise() {
        return kernel.layer() instanceof Depthwise;
    }

    /** Adds all windows of one input. */
    public void add(float[] values) {
        add(values, new float[0]);
    }

    /**
     * Adds all windows of one input.
     *
     * @param wanted what the layer shall add up over these windows, biases included; empty when nobody knows
     */
    public void add(float[] values, float[] wanted) {
        var row = new double[depth];
        var before = windows;
        kernel.windows(values, window -> {
            int position = (int) (windows - before) * bias.length;
            windows++;
            for (int c = 0; c < sums.length; c++) {
                for (int i = 0; i < depth; i++) {
                    row[i] = window[i * sums.length + c];
                }
                add(row, sums[c], products[c]);
                if (wanted.length > 0) {
                    addCrossed(row, wanted, position, isDepthwise() ? c : 0, isDepthwise() ? c + 1 : bias.length);
                }
            }
        });
        windowsWithSums += wanted.length / bias.length;
    }

    private void addCrossed(double[] row, float[] wanted, int position, int from, int to) {
        for (int c = from; c < to; c++) {
            double sum = wanted[position + c] - bias[c];
            double[] products = crossed[c];
            for (int i = 0; i < depth; i++) {
                products[i] += sum * row[i];
            }
        }
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

    /**
     * The weights by which these inputs come closest to the wanted sums, drawn towards the given ones:
     * {@code w + (G + damping)^-1 (E[x y] - G w)}; the given ones where sums were not known for all windows.
     */
    double[] closest(int channel, double[] weights) {
        if (windows == 0 || windowsWithSums != windows) {
            return weights;
        }
        double[] crossing = scaled(crossed[channel]);
        double[] products = second(channel).products();
        for (int i = 0; i < depth; i++) {
            for (int j = 0; j < depth; j++) {
                crossing[i] -= products[i * depth + j] * weights[j];
            }
        }
        double[] change = second(channel).solved(crossing);
        for (int i = 0; i < depth; i++) {
            change[i] += weights[i];
        }
        return change;
    }

    private double[] scaled(double[] total) {
        var result = new double[total.length];
        for (int i = 0; i < total.length; i++) {
            result[i] = total[i] / Math.max(windows, 1);
        }
        return result;
    }
}
