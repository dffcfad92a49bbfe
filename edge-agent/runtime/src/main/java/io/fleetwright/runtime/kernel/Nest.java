package io.fleetwright.runtime.kernel;

import java.util.ArrayList;

/**
 * Nested loops over a shape in row-major order, and where in each of several operands an iteration reads.
 *
 * <p>Dimensions that all operands walk through evenly are merged, so that the innermost loop, the row, is long.
 */
public final class Nest {
    private final int[] counts;
    private final int[][] strides;
    private final int rows;
    private final int rowLength;

    /** @param strides elements per step, {@code [operand][dimension]} */
    public Nest(int[] shape, int[]... strides) {
        var kept = new ArrayList<Integer>();
        for (int d = 0; d < shape.length; d++) {
            if (shape[d] != 1) {
                kept.add(d);
            }
        }
        int[] sizes = new int[kept.size()];
        int[][] steps = new int[strides.length][kept.size()];
        int size = 0;
        for (int d : kept) {
            boolean merges = size > 0;
            for (int operand = 0; merges && operand < strides.length; operand++) {
                merges = steps[operand][size - 1] == strides[operand][d] * shape[d];
            }
            size += merges ? 0 : 1;
            sizes[size - 1] = merges ? sizes[size - 1] * shape[d] : shape[d];
            for (int operand = 0; operand < strides.length; operand++) {
                steps[operand][size - 1] = strides[operand][d];
            }
        }
        int last = Math.max(size - 1, 0);
        this.counts = new int[last];
        this.strides = new int[strides.length][last + 1];
        int product = 1;
        for (int d = 0; d < last; d++) {
            counts[d] = sizes[d];
            product *= sizes[d];
        }
        for (int operand = 0; operand < strides.length; operand++) {
            System.arraycopy(steps[operand], 0, this.strides[operand], 0, size);
        }
        this.rows = product;
        this.rowLength = size == 0 ? 1 : sizes[last];
    }

    /** Operands whose dimensions are 1 or those of {@code shape}, aligned at the end, as inference made sure. */
    public static Nest broadcast(int[] shape, int[]... operands) {
        int[][] strides = new int[operands.length][];
        for (int i = 0; i < operands.length; i++) {
            strides[i] = broadcastStrides(shape.length, operands[i]);
        }
        return new Nest(shape, strides);
    }

    private static int[] broadcastStrides(int rank, int[] operand) {
        int[] strides = new int[rank];
        int missing = rank - operand.length;
        int stride = 1;
        for (int d = operand.length - 1; d >= 0; d--) {
            strides[missing + d] = operand[d] == 1 ? 0 : stride;
            stride *= Math.max(operand[d], 1);
        }
        return strides;
    }

    /** Iterations of all loops but the innermost; 0 when a dimension is 0. */
    public int rows() {
        return rowLength == 0 ? 0 : rows;
    }

    public int rowLength() {
        return rowLength;
    }

    public int iterations() {
        return rows * rowLength;
    }

    /** Elements per step along a row. */
    public int step(int operand) {
        return strides[operand][counts.length];
    }

    /** Element of an operand at the start of a row. */
    public int start(int operand, int row) {
        int offset = 0;
        int rest = row;
        int[] own = strides[operand];
        for (int d = counts.length - 1; d >= 0; d--) {
            offset += rest % counts[d] * own[d];
            rest /= counts[d];
        }
        return offset;
    }

    /** Element of an operand at an iteration. */
    public int offset(int operand, int iteration) {
        return start(operand, iteration / rowLength) + iteration % rowLength * step(operand);
    }
}
