package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import java.util.OptionalInt;

/**
 * The product at the heart of convolutions and fully connected layers, one input row at a time.
 *
 * <p>{@code out[n] = requantize(bias[n] + sum_k (row[k] - inZero) * weight[n][k])}, computed as {@code sum_k row[k] *
 * weight[n][k]} plus a start value that holds {@code bias[n] - inZero * sum_k weight[n][k]}; both wrap modulo 2^32
 * alike. Weights are unpacked to int: that is the element type whose dot product C2 turns into vector code (byte and
 * short reductions stay scalar, and are several times slower).
 */
final class DenseRows {
    private final int depth;
    private final int units;
    private final int[] weights;
    private final int[] starts;
    private final Requantizer requantizer;

    /**
     * @param weights int8, row-major {@code [units][depth]}
     * @param bias int32 of {@code units}, or empty for zeros
     */
    DenseRows(int units, int depth, byte[] weights, int[] bias, int inputZero, Requantizer requantizer) {
        this.units = units;
        this.depth = depth;
        this.weights = new int[weights.length];
        this.starts = new int[units];
        this.requantizer = requantizer;
        for (int unit = 0; unit < units; unit++) {
            int sum = 0;
            for (int k = 0; k < depth; k++) {
                int weight = weights[unit * depth + k];
                this.weights[unit * depth + k] = weight;
                sum += weight;
            }
            starts[unit] = (bias.length == 0 ? 0 : bias[unit]) - inputZero * sum;
        }
    }

    static int[] bias(Graph graph, OptionalInt id) {
        return id.isPresent() ? graph.tensors().get(id.getAsInt()).constantInts() : new int[0];
    }

    int depth() {
        return depth;
    }

    int units() {
        return units;
    }

    /** Multiplies {@code row[0 .. depth)} with every unit's weights; writes {@code units} bytes at {@code at}. */
    void apply(int[] row, byte[] out, int at) {
        int unit = 0;
        for (; unit + 4 <= units; unit += 4) {
            four(row, unit, out, at);
        }
        for (; unit < units; unit++) {
            int sum = 0;
            int from = unit * depth;
            for (int k = 0; k < depth; k++) {
                sum += row[k] * weights[from + k];
            }
            out[at + unit] = requantizer.apply(starts[unit] + sum, unit);
        }
    }

    /** Four units share each load of the row. */
    private void four(int[] row, int unit, byte[] out, int at) {
        int from0 = unit * depth;
        int from1 = from0 + depth;
        int from2 = from1 + depth;
        int from3 = from2 + depth;
        int sum0 = 0;
        int sum1 = 0;
        int sum2 = 0;
        int sum3 = 0;
        for (int k = 0; k < depth; k++) {
            int value = row[k];
            sum0 += value * weights[from0 + k];
            sum1 += value * weights[from1 + k];
            sum2 += value * weights[from2 + k];
            sum3 += value * weights[from3 + k];
        }
        out[at + unit] = requantizer.apply(starts[unit] + sum0, unit);
        out[at + unit + 1] = requantizer.apply(starts[unit + 1] + sum1, unit + 1);
        out[at + unit + 2] = requantizer.apply(starts[unit + 2] + sum2, unit + 2);
        out[at + unit + 3] = requantizer.apply(starts[unit + 3] + sum3, unit + 3);
    }
}
