package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Tensor;
import java.util.OptionalInt;

/**
 * {@link DenseRows} for int16 rows: {@code out[n] = requantize(bias[n] + sum_k row[k] * weight[n][k])}.
 *
 * <p>A product has 23 bits, so a stretch of 256 of them is added up in 32 bits, which C2 turns into vector code, and
 * stretches in 64.
 */
final class DenseRows16x8 {
    private static final int STRETCH = 256;

    private final int units;
    private final int depth;
    private final int[] weights;
    private final long[] bias;
    private final Requantizer16 requantizer;

    /** @param weights int8, {@code [units][...]} */
    DenseRows16x8(Tensor weights, long[] bias, Requantizer16 requantizer) {
        this.units = weights.dimension(0);
        this.depth = weights.elements() / units;
        this.weights = new int[weights.elements()];
        byte[] bytes = weights.constantBytes();
        for (int i = 0; i < bytes.length; i++) {
            this.weights[i] = bytes[i];
        }
        this.bias = bias.clone();
        this.requantizer = requantizer;
    }

    /** One value per channel; zeros when there is no bias. */
    static long[] bias(Graph graph, OptionalInt id, int channels) {
        return id.isPresent() ? graph.tensors().get(id.getAsInt()).constantLongs() : new long[channels];
    }

    int depth() {
        return depth;
    }

    int units() {
        return units;
    }

    /** Multiplies {@code row[0 .. depth)} with every unit's weights; writes {@code units} elements from byte {@code at} on. */
    void apply(int[] row, byte[] out, int at) {
        for (int unit = 0; unit < units; unit++) {
            long sum = bias[unit];
            for (int from = 0; from < depth; from += STRETCH) {
                sum += stretch(row, from, unit * depth, Math.min(from + STRETCH, depth));
            }
            Shorts.set(out, at, unit, requantizer.apply(sum, unit));
        }
    }

    private int stretch(int[] row, int from, int weightsAt, int to) {
        int sum = 0;
        for (int k = from; k < to; k++) {
            sum += row[k] * weights[weightsAt + k];
        }
        return sum;
    }
}
