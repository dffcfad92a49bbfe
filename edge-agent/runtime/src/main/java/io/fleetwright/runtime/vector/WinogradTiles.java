package io.fleetwright.runtime.vector;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The ways of {@link WinogradWeights} from inputs to places and from there to outputs, a register of channels at a time. */
final class WinogradTiles {
    private static final VectorSpecies<Integer> SPECIES = Lanes.INTS;
    private static final int LANES = SPECIES.length();
    private static final int PATCH = WinogradWeights.PATCH;
    private static final int TILE = WinogradWeights.TILE;

    private WinogradTiles() {}

    /**
     * Takes columns of six inputs to their places.
     *
     * @param staged the first column's first input; {@code step} on the next column's, {@code rowBytes} on the next row's
     * @param to where the registers go, as {@code [place][column]}
     */
    static void columns(byte[] staged, int from, int step, int rowBytes, int columns, int[] ints, int to) {
        int row = columns * LANES;
        for (int column = 0; column < columns; column++) {
            int at = from + column * step;
            var d0 = Lanes.ints(staged, at);
            var d1 = Lanes.ints(staged, at + rowBytes);
            var d2 = Lanes.ints(staged, at + 2 * rowBytes);
            var d3 = Lanes.ints(staged, at + 3 * rowBytes);
            var d4 = Lanes.ints(staged, at + 4 * rowBytes);
            var d5 = Lanes.ints(staged, at + 5 * rowBytes);
            int out = to + column * LANES;
            var last = d4.sub(d2);
            var first = d1.sub(d3);
            var twice = first.add(first);
            four(d0.sub(d2)).add(last).intoArray(ints, out);
            d3.add(d4).sub(four(d1.add(d2))).intoArray(ints, out + row);
            d4.sub(d3).add(four(d1.sub(d2))).intoArray(ints, out + 2 * row);
            last.sub(twice).intoArray(ints, out + 3 * row);
            last.add(twice).intoArray(ints, out + 4 * row);
            four(first).add(d5.sub(d3)).intoArray(ints, out + 5 * row);
        }
    }

    private static IntVector four(IntVector value) {
        return value.lanewise(VectorOperators.LSHL, 2);
    }

    /**
     * Takes rows of what {@link #columns} left to their places.
     *
     * @param columns of {@code from}; four on starts the next tile
     * @param to the first tile's first place; {@code tileStride} on the next tile's, {@code placeStride} on the next place's
     */
    static void rows(int[] ints, int from, int columns, int tiles, int to, int tileStride, int placeStride) {
        for (int i = 0; i < PATCH; i++) {
            int at = from + i * columns * LANES;
            int out = to + i * PATCH * placeStride;
            for (int tile = 0; tile < tiles; tile++) {
                var d0 = IntVector.fromArray(SPECIES, ints, at);
                var d1 = IntVector.fromArray(SPECIES, ints, at + LANES);
                var d2 = IntVector.fromArray(SPECIES, ints, at + 2 * LANES);
                var d3 = IntVector.fromArray(SPECIES, ints, at + 3 * LANES);
                var d4 = IntVector.fromArray(SPECIES, ints, at + 4 * LANES);
                var d5 = IntVector.fromArray(SPECIES, ints, at + 5 * LANES);
                var last = d4.sub(d2);
                var first = d1.sub(d3);
                var twice = first.add(first);
                four(d0.sub(d2)).add(last).intoArray(ints, out);
                d3.add(d4).sub(four(d1.add(d2))).intoArray(ints, out + placeStride);
                d4.sub(d3).add(four(d1.sub(d2))).intoArray(ints, out + 2 * placeStride);
                last.sub(twice).intoArray(ints, out + 3 * placeStride);
                last.add(twice).intoArray(ints, out + 4 * placeStride);
                four(first).add(d5.sub(d3)).intoArray(ints, out + 5 * placeStride);
                at += TILE * LANES;
                out += tileStride;
            }
        }
    }

    /**
     * From the sums of a tile at its places to the sums of its outputs.
     *
     * @param from the first place's sums; {@code placeStride} on the next one's
     * @param few working memory of {@link #FEW} ints
     * @param to the first output's sums; {@code pixelStride} on the next one's, {@code rowStride} on the next row's
     */
    static void outputs(int[] ints, int from, int placeStride, int few, int to, int pixelStride, int rowStride) {
        for (int j = 0; j < PATCH; j++) {
            int at = from + j * placeStride;
            int row = PATCH * placeStride;
            var m0 = IntVector.fromArray(SPECIES, ints, at);
            var m1 = IntVector.fromArray(SPECIES, ints, at + row);
            var m2 = IntVector.fromArray(SPECIES, ints, at + 2 * row);
            var m3 = IntVector.fromArray(SPECIES, ints, at + 3 * row);
            var m4 = IntVector.fromArray(SPECIES, ints, at + 4 * row);
            var m5 = IntVector.fromArray(SPECIES, ints, at + 5 * row);
            var a = m1.add(m2);
            var b = m1.sub(m2);
            var c = m3.add(m4);
            var d = m3.sub(m4);
            var twice = d.add(d);
            int out = few + j * LANES;
            m0.add(a).add(c).intoArray(ints, out);
            b.add(twice).intoArray(ints, out + PATCH * LANES);
            four(c).add(a).intoArray(ints, out + 2 * PATCH * LANES);
            four(twice).add(b).add(m5).intoArray(ints, out + 3 * PATCH * LANES);
        }
        for (int y = 0; y < TILE; y++) {
            int at = few + y * PATCH * LANES;
            var m0 = IntVector.fromArray(SPECIES, ints, at);
            var m1 = IntVector.fromArray(SPECIES, ints, at + LANES);
            var m2 = IntVector.fromArray(SPECIES, ints, at + 2 * LANES);
            var m3 = IntVector.fromArray(SPECIES, ints, at + 3 * LANES);
            var m4 = IntVector.fromArray(SPECIES, ints, at + 4 * LANES);
            var m5 = IntVector.fromArray(SPECIES, ints, at + 5 * LANES);
            var a = m1.add(m2);
            var b = m1.sub(m2);
            var c = m3.add(m4);
            var d = m3.sub(m4);
            var twice = d.add(d);
            int out = to + y * rowStride;
            sum(m0.add(a).add(c)).intoArray(ints, out);
            sum(b.add(twice)).intoArray(ints, out + pixelStride);
            sum(four(c).add(a)).intoArray(ints, out + 2 * pixelStride);
            sum(four(twice).add(b).add(m5)).intoArray(ints, out + 3 * pixelStride);
        }
    }

    private static IntVector sum(IntVector value) {
        return value.lanewise(VectorOperators.ASHR, WinogradWeights.SHIFT);
    }

    /** Working memory of {@link #outputs}. */
    static final int FEW = TILE * PATCH * LANES;
}
