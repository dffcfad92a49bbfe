package io.fleetwright.runtime.array;

import java.util.Arrays;

/** The inner loops of float products, in a form that C2 turns into vector code; sums run in the order of the formula. */
final class FloatRows {
    private FloatRows() {}

    /** {@code out[outAt + j] = sum_k row[k] * panel[panelAt + k * columns + j]}; {@code out} may hold the row too. */
    static void multiply(float[] row, int depth, float[] panel, int panelAt, int columns, float[] out, int outAt) {
        Arrays.fill(out, outAt, outAt + columns, 0);
        accumulate(row, 0, depth, panel, panelAt, columns, out, outAt);
    }

    /** Adds {@code sum_k row[rowAt + k] * panel[panelAt + k * columns + j]} to {@code out[outAt + j]}. */
    static void accumulate(
            float[] row, int rowAt, int depth, float[] panel, int panelAt, int columns, float[] out, int outAt) {
        int k = 0;
        for (; k + 4 <= depth; k += 4) {
            float w0 = row[rowAt + k];
            float w1 = row[rowAt + k + 1];
            float w2 = row[rowAt + k + 2];
            float w3 = row[rowAt + k + 3];
            int from0 = panelAt + k * columns;
            int from1 = from0 + columns;
            int from2 = from1 + columns;
            int from3 = from2 + columns;
            for (int j = 0; j < columns; j++) {
                out[outAt + j] = out[outAt + j]
                        + w0 * panel[from0 + j]
                        + w1 * panel[from1 + j]
                        + w2 * panel[from2 + j]
                        + w3 * panel[from3 + j];
            }
        }
        for (; k < depth; k++) {
            float w = row[rowAt + k];
            int from = panelAt + k * columns;
            for (int j = 0; j < columns; j++) {
                out[outAt + j] += w * panel[from + j];
            }
        }
    }
}
