package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.RowProduct;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Columns side by side in lanes, sums in registers over the whole depth. C2 makes no vector code of the plain loop: its
 * arrays could be one, at offsets it does not know. Products and sums are two instructions, not one that rounds once, as
 * the bytes have to be those of the plain loop.
 */
final class VectorRowProduct implements RowProduct {
    private static final VectorSpecies<Float> SPECIES = Lanes.FLOATS;
    private static final int LANES = Lanes.FLOAT_COUNT;
    private static final List<VectorMask<Float>> FIRST = Lanes.masks(SPECIES);
    /** Enough independent sums to hide how long an addition takes. */
    private static final int WIDE = 8 * LANES;

    @Override
    public void accumulate(
            float[] row, int rowAt, int depth, float[] panel, int panelAt, int columns, float[] out, int outAt) {
        int j = 0;
        for (; j + WIDE <= columns; j += WIDE) {
            wide(row, rowAt, depth, panel, panelAt + j, columns, out, outAt + j);
        }
        for (; j + LANES <= columns; j += LANES) {
            var sum = FloatVector.fromArray(SPECIES, out, outAt + j);
            for (int k = 0; k < depth; k++) {
                sum = FloatVector.fromArray(SPECIES, panel, panelAt + j + k * columns)
                        .mul(row[rowAt + k])
                        .add(sum);
            }
            sum.intoArray(out, outAt + j);
        }
        if (j < columns) {
            rest(row, rowAt, depth, panel, panelAt + j, columns, out, outAt + j, columns - j);
        }
    }

    private static void wide(
            float[] row, int rowAt, int depth, float[] panel, int panelAt, int columns, float[] out, int outAt) {
        var sum0 = FloatVector.fromArray(SPECIES, out, outAt);
        var sum1 = FloatVector.fromArray(SPECIES, out, outAt + LANES);
        var sum2 = FloatVector.fromArray(SPECIES, out, outAt + 2 * LANES);
        var sum3 = FloatVector.fromArray(SPECIES, out, outAt + 3 * LANES);
        var sum4 = FloatVector.fromArray(SPECIES, out, outAt + 4 * LANES);
        var sum5 = FloatVector.fromArray(SPECIES, out, outAt + 5 * LANES);
        var sum6 = FloatVector.fromArray(SPECIES, out, outAt + 6 * LANES);
        var sum7 = FloatVector.fromArray(SPECIES, out, outAt + 7 * LANES);
        int from = panelAt;
        for (int k = 0; k < depth; k++) {
            var w = FloatVector.broadcast(SPECIES, row[rowAt + k]);
            sum0 = FloatVector.fromArray(SPECIES, panel, from).mul(w).add(sum0);
            sum1 = FloatVector.fromArray(SPECIES, panel, from + LANES).mul(w).add(sum1);
            sum2 = FloatVector.fromArray(SPECIES, panel, from + 2 * LANES)
                    .mul(w)
                    .add(sum2);
            sum3 = FloatVector.fromArray(SPECIES, panel, from + 3 * LANES)
                    .mul(w)
                    .add(sum3);
            sum4 = FloatVector.fromArray(SPECIES, panel, from + 4 * LANES)
                    .mul(w)
                    .add(sum4);
            sum5 = FloatVector.fromArray(SPECIES, panel, from + 5 * LANES)
                    .mul(w)
                    .add(sum5);
            sum6 = FloatVector.fromArray(SPECIES, panel, from + 6 * LANES)
                    .mul(w)
                    .add(sum6);
            sum7 = FloatVector.fromArray(SPECIES, panel, from + 7 * LANES)
                    .mul(w)
                    .add(sum7);
            from += columns;
        }
        sum0.intoArray(out, outAt);
        sum1.intoArray(out, outAt + LANES);
        sum2.intoArray(out, outAt + 2 * LANES);
        sum3.intoArray(out, outAt + 3 * LANES);
        sum4.intoArray(out, outAt + 4 * LANES);
        sum5.intoArray(out, outAt + 5 * LANES);
        sum6.intoArray(out, outAt + 6 * LANES);
        sum7.intoArray(out, outAt + 7 * LANES);
    }

    private static void rest(
            float[] row,
            int rowAt,
            int depth,
            float[] panel,
            int panelAt,
            int columns,
            float[] out,
            int outAt,
            int count) {
        var some = FIRST.get(count);
        var sum = FloatVector.fromArray(SPECIES, out, outAt, some);
        for (int k = 0; k < depth; k++) {
            sum = FloatVector.fromArray(SPECIES, panel, panelAt + k * columns, some)
                    .mul(row[rowAt + k])
                    .add(sum);
        }
        sum.intoArray(out, outAt, some);
    }
}
