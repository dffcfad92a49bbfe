package io.fleetwright.runtime.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The ways of {@link WinogradWeights} from inputs to places and from there to outputs, a register of channels at a time.
 *
 * <p>Nothing here calls a method of our own between two registers: the compiler leaves such calls as they are once a method
 * is large, and then every register is an object.
 */
final class WinogradTiles {
    private static final VectorSpecies<Integer> SPECIES = Lanes.INTS;
    private static final VectorSpecies<Byte> BYTES = Lanes.BYTES_OF_INTS;
    private static final int LANES = SPECIES.length();
    private static final int TILE = WinogradWeights.TILE;
    private static final int SIDE = WinogradWeights.SIDE;
    private static final int SHIFT = WinogradWeights.SHIFT;
    /** Working memory of {@link #outputs}: a register of each of a tile's columns, of its rows of outputs. */
    static final int FEW = TILE * SIDE * LANES;

    private WinogradTiles() {}

    /**
     * Takes columns of as many inputs as there are places to these, a register of channels of each.
     *
     * @param from the first column's first input; {@code pixel} on the next column's, {@code row} on the next row's
     * @param to where the registers go, as {@code [place][column]}
     */
    static void columns(byte[] staged, int from, int pixel, int row, int columns, int[] ints, int to) {
        int next = columns * LANES;
        for (int column = 0; column < columns; column++) {
            int at = from + column * pixel;
            int out = to + column * LANES;
            var d0 = (IntVector) ByteVector.fromArray(BYTES, staged, at).convertShape(VectorOperators.B2I, SPECIES, 0);
            var d1 = (IntVector)
                    ByteVector.fromArray(BYTES, staged, at + row).convertShape(VectorOperators.B2I, SPECIES, 0);
            var d2 = (IntVector)
                    ByteVector.fromArray(BYTES, staged, at + 2 * row).convertShape(VectorOperators.B2I, SPECIES, 0);
            var d3 = (IntVector)
                    ByteVector.fromArray(BYTES, staged, at + 3 * row).convertShape(VectorOperators.B2I, SPECIES, 0);
            var d4 = (IntVector)
                    ByteVector.fromArray(BYTES, staged, at + 4 * row).convertShape(VectorOperators.B2I, SPECIES, 0);
            var d5 = (IntVector)
                    ByteVector.fromArray(BYTES, staged, at + 5 * row).convertShape(VectorOperators.B2I, SPECIES, 0);
            var last = d4.sub(d2);
            var first = d1.sub(d3);
            var both = first.lanewise(VectorOperators.LSHL, 1);
            d0.sub(d2).lanewise(VectorOperators.LSHL, 2).add(last).intoArray(ints, out);
            d3.add(d4).sub(d1.add(d2).lanewise(VectorOperators.LSHL, 2)).intoArray(ints, out + next);
            d4.sub(d3).add(d1.sub(d2).lanewise(VectorOperators.LSHL, 2)).intoArray(ints, out + 2 * next);
            last.sub(both).intoArray(ints, out + 3 * next);
            last.add(both).intoArray(ints, out + 4 * next);
            first.lanewise(VectorOperators.LSHL, 2).add(d5.sub(d3)).intoArray(ints, out + 5 * next);
        }
    }

    /**
     * Takes rows of what {@link #columns} left to their places, and multiplies by the factors.
     *
     * @param columns of {@code from}; four on starts the next tile
     * @param to the first tile's first place; {@code tileStride} on the next tile's, {@code placeStride} on the next place's
     */
    static void rows(int[] ints, int from, int columns, int tiles, int to, int tileStride, int placeStride) {
        for (int i = 0; i < SIDE; i++) {
            int at = from + i * columns * LANES;
            int out = to + i * SIDE * placeStride;
            var f0 = IntVector.broadcast(SPECIES, WinogradWeights.factor(i, 0));
            var f1 = IntVector.broadcast(SPECIES, WinogradWeights.factor(i, 1));
            var f2 = IntVector.broadcast(SPECIES, WinogradWeights.factor(i, 2));
            var f3 = IntVector.broadcast(SPECIES, WinogradWeights.factor(i, 3));
            var f4 = IntVector.broadcast(SPECIES, WinogradWeights.factor(i, 4));
            var f5 = IntVector.broadcast(SPECIES, WinogradWeights.factor(i, 5));
            for (int tile = 0; tile < tiles; tile++) {
                var d0 = IntVector.fromArray(SPECIES, ints, at);
                var d1 = IntVector.fromArray(SPECIES, ints, at + LANES);
                var d2 = IntVector.fromArray(SPECIES, ints, at + 2 * LANES);
                var d3 = IntVector.fromArray(SPECIES, ints, at + 3 * LANES);
                var d4 = IntVector.fromArray(SPECIES, ints, at + 4 * LANES);
                var d5 = IntVector.fromArray(SPECIES, ints, at + 5 * LANES);
                var last = d4.sub(d2);
                var first = d1.sub(d3);
                var both = first.lanewise(VectorOperators.LSHL, 1);
                d0.sub(d2).lanewise(VectorOperators.LSHL, 2).add(last).mul(f0).intoArray(ints, out);
                d3.add(d4)
                        .sub(d1.add(d2).lanewise(VectorOperators.LSHL, 2))
                        .mul(f1)
                        .intoArray(ints, out + placeStride);
                d4.sub(d3)
                        .add(d1.sub(d2).lanewise(VectorOperators.LSHL, 2))
                        .mul(f2)
                        .intoArray(ints, out + 2 * placeStride);
                last.sub(both).mul(f3).intoArray(ints, out + 3 * placeStride);
                last.add(both).mul(f4).intoArray(ints, out + 4 * placeStride);
                first.lanewise(VectorOperators.LSHL, 2).add(d5.sub(d3)).mul(f5).intoArray(ints, out + 5 * placeStride);
                at += TILE * LANES;
                out += tileStride;
            }
        }
    }

    /**
     * From the sums of a tile at its places to the sums of its outputs, a register of channels of each.
     *
     * @param from the first place's sums; {@code placeStride} on the next one's
     * @param few working memory of {@link #FEW}
     * @param to the first output's sums; {@code pixelStride} on the next one's, {@code rowStride} on the next row's
     */
    static void outputs(int[] ints, int from, int placeStride, int few, int to, int pixelStride, int rowStride) {
        columnSums(ints, from, placeStride, few);
        rowSums(ints, few, to, pixelStride, rowStride);
    }

    private static void columnSums(int[] ints, int from, int placeStride, int few) {
        int row = SIDE * placeStride;
        for (int j = 0; j < SIDE; j++) {
            int at = from + j * placeStride;
            int out = few + j * LANES;
            var m0 = IntVector.fromArray(SPECIES, ints, at);
            var m1 = IntVector.fromArray(SPECIES, ints, at + row);
            var m2 = IntVector.fromArray(SPECIES, ints, at + 2 * row);
            var m3 = IntVector.fromArray(SPECIES, ints, at + 3 * row);
            var m4 = IntVector.fromArray(SPECIES, ints, at + 4 * row);
            var m5 = IntVector.fromArray(SPECIES, ints, at + 5 * row);
            var a = m1.add(m2);
            var b = m1.sub(m2);
            var c = m3.add(m4);
            var d = m3.sub(m4).lanewise(VectorOperators.LSHL, 1);
            m0.add(a).add(c).intoArray(ints, out);
            b.add(d).intoArray(ints, out + SIDE * LANES);
            c.lanewise(VectorOperators.LSHL, 2).add(a).intoArray(ints, out + 2 * SIDE * LANES);
            d.lanewise(VectorOperators.LSHL, 2).add(b).add(m5).intoArray(ints, out + 3 * SIDE * LANES);
        }
    }

    private static void rowSums(int[] ints, int few, int to, int pixelStride, int rowStride) {
        for (int y = 0; y < TILE; y++) {
            int at = few + y * SIDE * LANES;
            int out = to + y * rowStride;
            var m0 = IntVector.fromArray(SPECIES, ints, at);
            var m1 = IntVector.fromArray(SPECIES, ints, at + LANES);
            var m2 = IntVector.fromArray(SPECIES, ints, at + 2 * LANES);
            var m3 = IntVector.fromArray(SPECIES, ints, at + 3 * LANES);
            var m4 = IntVector.fromArray(SPECIES, ints, at + 4 * LANES);
            var m5 = IntVector.fromArray(SPECIES, ints, at + 5 * LANES);
            var a = m1.add(m2);
            var b = m1.sub(m2);
            var c = m3.add(m4);
            var d = m3.sub(m4).lanewise(VectorOperators.LSHL, 1);
            m0.add(a).add(c).lanewise(VectorOperators.ASHR, SHIFT).intoArray(ints, out);
            b.add(d).lanewise(VectorOperators.ASHR, SHIFT).intoArray(ints, out + pixelStride);
            c.lanewise(VectorOperators.LSHL, 2)
                    .add(a)
                    .lanewise(VectorOperators.ASHR, SHIFT)
                    .intoArray(ints, out + 2 * pixelStride);
            d.lanewise(VectorOperators.LSHL, 2)
                    .add(b)
                    .add(m5)
                    .lanewise(VectorOperators.ASHR, SHIFT)
                    .intoArray(ints, out + 3 * pixelStride);
        }
    }
}
