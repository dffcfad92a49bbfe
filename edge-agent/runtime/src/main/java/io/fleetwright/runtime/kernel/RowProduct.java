package io.fleetwright.runtime.kernel;

/**
 * The inner loop of float32 products. Every implementation adds products in the order of the formula, each rounded by
 * itself, so that all give the same bytes.
 */
@FunctionalInterface
public interface RowProduct {
    /** In plain Java. */
    RowProduct SCALAR = RowProduct::scalar;

    /**
     * Adds {@code sum_k row[rowAt + k] * panel[panelAt + k * columns + j]}, {@code k} from 0 to {@code depth}, to {@code
     * out[outAt + j]} for all {@code j} below {@code columns}. The three may be one array if {@code out}'s part is
     * neither of the others'.
     */
    void accumulate(float[] row, int rowAt, int depth, float[] panel, int panelAt, int columns, float[] out, int outAt);

    private static void scalar(
            float[] row, int rowAt, int depth, float[] panel, int panelAt, int columns, float[] out, int outAt) {
        int k = 0;
        // Four products for each load and store of a sum.
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
