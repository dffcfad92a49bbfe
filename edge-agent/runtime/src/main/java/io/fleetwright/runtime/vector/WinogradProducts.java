package io.fleetwright.runtime.vector;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The products of {@link WinogradWeights}: at each place, tiles times input channels by input times output channels, modulo
 * 2^32.
 *
 * <p>A panel holds the weights of as many output channels as two registers have lanes, or of one register at the end.
 */
final class WinogradProducts {
    /** Tiles whose products are added together; what lies behind the last tile is computed as well. */
    static final int ROWS = 4;

    private static final VectorSpecies<Integer> SPECIES = Lanes.INTS;
    private static final VectorSpecies<Short> SHORTS = Lanes.SHORTS_OF_INTS;
    private static final int LANES = SPECIES.length();
    private static final int WIDE = 2 * LANES;
    private static final int PLACES = WinogradWeights.PLACES;

    private final int units;
    private final int channels;
    /** Of each panel, {@code [place][input channel][lane]}. */
    private final short[][] panels;

    /** @param channels input channels */
    WinogradProducts(Weights weights, int channels) {
        this.units = weights.units();
        this.channels = channels;
        this.panels = new short[Math.ceilDiv(units, WIDE)][];
        for (int panel = 0; panel < panels.length; panel++) {
            int lanes = lanes(panel);
            short[] packed = new short[PLACES * channels * lanes];
            for (int place = 0; place < PLACES; place++) {
                int row = place / WinogradWeights.SIDE;
                int column = place % WinogradWeights.SIDE;
                for (int channel = 0; channel < channels; channel++) {
                    int at = (place * channels + channel) * lanes;
                    for (int lane = 0; lane < channels(panel); lane++) {
                        packed[at + lane] =
                                WinogradWeights.at(weights, channel(panel) + lane, channel, channels, row, column);
                    }
                }
            }
            panels[panel] = packed;
        }
    }

    int panels() {
        return panels.length;
    }

    /** First output channel of a panel. */
    int channel(int panel) {
        return panel * WIDE;
    }

    /** Output channels of a panel that exist. */
    int channels(int panel) {
        return Math.min(WIDE, units - panel * WIDE);
    }

    /** Sums of one tile and place: the channels, rounded up to whole registers. */
    int lanes(int panel) {
        return channels(panel) > LANES ? WIDE : LANES;
    }

    int lanesMax() {
        return lanes(0);
    }

    /**
     * Sums of a panel at all places.
     *
     * @param values inputs at their places, and behind them where the sums go
     * @param tiles readable and writable to the next multiple of {@link #ROWS}
     * @param from first tile's values; {@code tileStride} on the next tile's, {@code placeStride} on those of the next place
     * @param to first tile's sums, as many as {@link #lanes}; behind them the next tile's
     * @param sumsStride from one place's sums to the next ones
     */
    void multiply(
            int[] values, int panel, int tiles, int from, int tileStride, int placeStride, int to, int sumsStride) {
        short[] weights = panels[panel];
        int lanes = lanes(panel);
        for (int place = 0; place < PLACES; place++) {
            int w = place * channels * lanes;
            for (int tile = 0; tile < tiles; tile += ROWS) {
                int a = from + place * placeStride + tile * tileStride;
                int sums = to + place * sumsStride + tile * lanes;
                if (lanes == WIDE) {
                    wide(values, a, tileStride, weights, w, channels, sums);
                } else {
                    narrow(values, a, tileStride, weights, w, channels, sums);
                }
            }
        }
    }

    private static void wide(int[] a, int a0, int stride, short[] weights, int from, int channels, int to) {
        int a1 = a0 + stride;
        int a2 = a1 + stride;
        int a3 = a2 + stride;
        var s00 = IntVector.zero(SPECIES);
        var s01 = s00;
        var s10 = s00;
        var s11 = s00;
        var s20 = s00;
        var s21 = s00;
        var s30 = s00;
        var s31 = s00;
        int w = from;
        for (int k = 0; k < channels; k++) {
            var w0 =
                    (IntVector) ShortVector.fromArray(SHORTS, weights, w).convertShape(VectorOperators.S2I, SPECIES, 0);
            var w1 = (IntVector)
                    ShortVector.fromArray(SHORTS, weights, w + LANES).convertShape(VectorOperators.S2I, SPECIES, 0);
            w += WIDE;
            var x = IntVector.broadcast(SPECIES, a[a0 + k]);
            s00 = x.mul(w0).add(s00);
            s01 = x.mul(w1).add(s01);
            x = IntVector.broadcast(SPECIES, a[a1 + k]);
            s10 = x.mul(w0).add(s10);
            s11 = x.mul(w1).add(s11);
            x = IntVector.broadcast(SPECIES, a[a2 + k]);
            s20 = x.mul(w0).add(s20);
            s21 = x.mul(w1).add(s21);
            x = IntVector.broadcast(SPECIES, a[a3 + k]);
            s30 = x.mul(w0).add(s30);
            s31 = x.mul(w1).add(s31);
        }
        s00.intoArray(a, to);
        s01.intoArray(a, to + LANES);
        s10.intoArray(a, to + 2 * LANES);
        s11.intoArray(a, to + 3 * LANES);
        s20.intoArray(a, to + 4 * LANES);
        s21.intoArray(a, to + 5 * LANES);
        s30.intoArray(a, to + 6 * LANES);
        s31.intoArray(a, to + 7 * LANES);
    }

    private static void narrow(int[] a, int a0, int stride, short[] weights, int from, int channels, int to) {
        int a1 = a0 + stride;
        int a2 = a1 + stride;
        int a3 = a2 + stride;
        var s0 = IntVector.zero(SPECIES);
        var s1 = s0;
        var s2 = s0;
        var s3 = s0;
        int w = from;
        for (int k = 0; k < channels; k++) {
            var w0 =
                    (IntVector) ShortVector.fromArray(SHORTS, weights, w).convertShape(VectorOperators.S2I, SPECIES, 0);
            w += LANES;
            s0 = IntVector.broadcast(SPECIES, a[a0 + k]).mul(w0).add(s0);
            s1 = IntVector.broadcast(SPECIES, a[a1 + k]).mul(w0).add(s1);
            s2 = IntVector.broadcast(SPECIES, a[a2 + k]).mul(w0).add(s2);
            s3 = IntVector.broadcast(SPECIES, a[a3 + k]).mul(w0).add(s3);
        }
        s0.intoArray(a, to);
        s1.intoArray(a, to + LANES);
        s2.intoArray(a, to + 2 * LANES);
        s3.intoArray(a, to + 3 * LANES);
    }
}
