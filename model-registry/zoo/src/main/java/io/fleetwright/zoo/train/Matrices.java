package io.fleetwright.zoo.train;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix product on eight-lane vectors. The lane count is fixed and no lanes are summed across, so every machine
 * computes the same bits, with or without such registers.
 */
final class Matrices {
    static final VectorSpecies<Float> LANES = FloatVector.SPECIES_256;
    static final int LANE_COUNT = LANES.length();

    private Matrices() {}

    /** A matrix in an array: element {@code (i, p)} is at {@code offset + i * rowStep + p * columnStep}. */
    @SuppressWarnings("ArrayRecordComponent")
    record View(float[] values, int rowStep, int columnStep) {
        static View rows(float[] values, int columns) {
            return new View(values, columns, 1);
        }

        /** The same values read with rows and columns exchanged. */
        static View transposed(float[] values, int columns) {
            return new View(values, 1, columns);
        }
    }

    /**
     * {@code c[i][j] = sum_p a[i][p] * b[p][j]} for {@code i < m, j < n, p < depth}; b and c are dense by rows.
     *
     * <p>Sums run over p in order, each step one fused multiply-add. {@code n} is a multiple of eight.
     */
    static void multiply(int m, int n, int depth, View a, float[] b, float[] c) {
        if (n % LANE_COUNT != 0) {
            throw new IllegalArgumentException("n (%d) must be a multiple of %d".formatted(n, LANE_COUNT));
        }
        int j = 0;
        for (; j + 16 <= n; j += 16) {
            int i = 0;
            for (; i + 4 <= m; i += 4) {
                tile4x16(i, j, n, depth, a, b, c);
            }
            for (; i < m; i++) {
                tile1x8(i, j, n, depth, a, b, c);
                tile1x8(i, j + 8, n, depth, a, b, c);
            }
        }
        for (; j < n; j += 8) {
            int i = 0;
            for (; i + 4 <= m; i += 4) {
                tile4x8(i, j, n, depth, a, b, c);
            }
            for (; i < m; i++) {
                tile1x8(i, j, n, depth, a, b, c);
            }
        }
    }

    private static void tile4x16(int i, int j, int n, int depth, View view, float[] b, float[] c) {
        float[] a = view.values;
        int step = view.columnStep;
        int row = view.rowStep;
        int at0 = i * row;
        int at1 = at0 + row;
        int at2 = at1 + row;
        int at3 = at2 + row;
        FloatVector c00 = FloatVector.zero(LANES);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        for (int p = 0, from = j; p < depth; p++, from += n) {
            FloatVector b0 = FloatVector.fromArray(LANES, b, from);
            FloatVector b1 = FloatVector.fromArray(LANES, b, from + 8);
            FloatVector a0 = FloatVector.broadcast(LANES, a[at0 + p * step]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(LANES, a[at1 + p * step]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(LANES, a[at2 + p * step]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(LANES, a[at3 + p * step]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
        }
        int to = i * n + j;
        c00.intoArray(c, to);
        c01.intoArray(c, to + 8);
        c10.intoArray(c, to + n);
        c11.intoArray(c, to + n + 8);
        c20.intoArray(c, to + 2 * n);
        c21.intoArray(c, to + 2 * n + 8);
        c30.intoArray(c, to + 3 * n);
        c31.intoArray(c, to + 3 * n + 8);
    }

    private static void tile4x8(int i, int j, int n, int depth, View view, float[] b, float[] c) {
        float[] a = view.values;
        int step = view.columnStep;
        int row = view.rowStep;
        int at = i * row;
        FloatVector c0 = FloatVector.zero(LANES);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        for (int p = 0, from = j; p < depth; p++, from += n) {
            FloatVector b0 = FloatVector.fromArray(LANES, b, from);
            int x = at + p * step;
            c0 = FloatVector.broadcast(LANES, a[x]).fma(b0, c0);
            c1 = FloatVector.broadcast(LANES, a[x + row]).fma(b0, c1);
            c2 = FloatVector.broadcast(LANES, a[x + 2 * row]).fma(b0, c2);
            c3 = FloatVector.broadcast(LANES, a[x + 3 * row]).fma(b0, c3);
        }
        int to = i * n + j;
        c0.intoArray(c, to);
        c1.intoArray(c, to + n);
        c2.intoArray(c, to + 2 * n);
        c3.intoArray(c, to + 3 * n);
    }

    private static void tile1x8(int i, int j, int n, int depth, View view, float[] b, float[] c) {
        float[] a = view.values;
        FloatVector sum = FloatVector.zero(LANES);
        for (int p = 0; p < depth; p++) {
            float value = a[i * view.rowStep + p * view.columnStep];
            sum = FloatVector.broadcast(LANES, value).fma(FloatVector.fromArray(LANES, b, p * n + j), sum);
        }
        sum.intoArray(c, i * n + j);
    }
}
