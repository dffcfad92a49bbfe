package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Integers carried by float32: one fused multiply-add per lane and product.
 *
 * <p>Exact as long as no sum of any of the products can reach 2^24, whatever the values are: {@link #isExact}. Six pixels
 * by two registers of channels fill the register file of AVX2, and reach the machine's multiply-add peak; one register of channels takes eight.
 */
final class FloatTiles implements Tiles {
    private static final VectorSpecies<Float> SPECIES = Lanes.FLOATS;
    private static final int LANES = SPECIES.length();
    private static final int ROWS = 6;
    private static final int WIDE = 2 * LANES;
    /** Floats of a layer beyond which it pays to fetch a quarter of them and to widen those in working memory. */
    private static final int FETCHED_MAX = 48 << 10;
    /** Floats of a widened panel that stay in the first-level cache. */
    private static final int WIDENED_MAX = 10 << 10;

    private final int units;
    private final int zero;
    private final int[] runs;
    private final int runLength;
    /** Weights as floats, or as bytes that are widened for each band. */
    private final float[][] panels;

    private final byte[][] packed;
    private final VectorRequantizer requantizer;

    FloatTiles(Weights weights, int zero, Patches patches, VectorRequantizer requantizer) {
        this.units = weights.units();
        this.zero = zero;
        this.runs = patches.runOffsets();
        this.runLength = patches.runLength();
        this.requantizer = requantizer;
        int count = Math.ceilDiv(units, WIDE);
        long panelFloats = (long) WIDE * weights.depth();
        boolean widened = count * panelFloats > FETCHED_MAX && panelFloats <= WIDENED_MAX;
        this.packed = new byte[widened ? count : 0][];
        this.panels = new float[widened ? 0 : count][];
        for (int panel = 0; panel < count; panel++) {
            byte[] bytes = pack(weights, panel);
            if (widened) {
                packed[panel] = bytes;
            } else {
                panels[panel] = new float[bytes.length];
                Lanes.widen(bytes, 0, panels[panel], 0, bytes.length);
            }
        }
    }

    /** Weights of one panel as {@code [depth][lane]}. */
    private static byte[] pack(Weights weights, int panel) {
        int left = weights.units() - panel * WIDE;
        int width = left > LANES ? WIDE : LANES;
        byte[] bytes = new byte[width * weights.depth()];
        for (int lane = 0; lane < Math.min(width, left); lane++) {
            for (int k = 0; k < weights.depth(); k++) {
                bytes[k * width + lane] = (byte) weights.at(panel * WIDE + lane, k);
            }
        }
        return bytes;
    }

    static boolean isExact(long[] sumMax) {
        for (long most : sumMax) {
            if (most >= 1 << 24) {
                return false;
            }
        }
        return true;
    }

    /** Time per pixel and product, in units of one channel: unused lanes cost as much as used ones. */
    static double cost(int units) {
        return Lanes.roundUp(units, LANES);
    }

    @Override
    public String name() {
        return "float32 %dx%d%s".formatted(ROWS, WIDE, packed.length > 0 ? " from bytes" : "");
    }

    @Override
    public WorkspaceSize workspace(int values, int sums) {
        int widened = packed.length == 0 ? 0 : packed[0].length;
        return WorkspaceSize.ofFloats(Math.addExact(values, sums)).withPanel(widened);
    }

    @Override
    public void prepare(Workspace workspace, int panel) {
        if (packed.length > 0) {
            Lanes.widen(packed[panel], 0, workspace.panel, 0, packed[panel].length);
        }
    }

    @Override
    public void widen(byte[] arena, int from, Workspace workspace, int to, int count) {
        Lanes.widen(arena, from, workspace.floats, to, count);
    }

    @Override
    public void pad(Workspace workspace, int to, int count) {
        Arrays.fill(workspace.floats, to, to + count, zero);
    }

    @Override
    public void copy(Workspace workspace, int from, int[] bases, Patches patches, int pixels) {
        Lanes.copy(workspace.floats, from, bases, patches, pixels);
    }

    @Override
    public int panels() {
        return Math.ceilDiv(units, WIDE);
    }

    @Override
    public int channel(int panel) {
        return panel * WIDE;
    }

    @Override
    public int channels(int panel) {
        return Math.min(WIDE, units - panel * WIDE);
    }

    @Override
    public int lanes(int panel) {
        return channels(panel) > LANES ? WIDE : LANES;
    }

    @Override
    public int rows(int panel) {
        return channels(panel) > LANES ? ROWS : ROWS_MAX;
    }

    @Override
    public void multiply(Workspace workspace, int panel, int[] bases, int pixel, int rows, int sumsAt) {
        float[] floats = workspace.floats;
        float[] weights = packed.length > 0 ? workspace.panel : panels[panel];
        if (channels(panel) <= LANES) {
            eightNarrow(floats, bases, pixel, weights, sumsAt);
        } else if (rows > 3) {
            six(floats, bases, pixel, weights, sumsAt);
        } else {
            three(floats, bases, pixel, weights, sumsAt);
        }
    }

    @Override
    public void rescale(Workspace workspace, int panel, int sumsAt, int rows, byte[] out, int to) {
        requantizer.apply(
                workspace.floats,
                sumsAt,
                lanes(panel),
                rows,
                channel(panel),
                channels(panel),
                out,
                to,
                units,
                workspace.few);
    }

    private void six(float[] a, int[] bases, int pixel, float[] weights, int sumsAt) {
        var s00 = FloatVector.zero(SPECIES);
        var s01 = s00;
        var s10 = s00;
        var s11 = s00;
        var s20 = s00;
        var s21 = s00;
        var s30 = s00;
        var s31 = s00;
        var s40 = s00;
        var s41 = s00;
        var s50 = s00;
        var s51 = s00;
        int w = 0;
        for (int run : runs) {
            int a0 = bases[pixel + 0] + run;
            int a1 = bases[pixel + 1] + run;
            int a2 = bases[pixel + 2] + run;
            int a3 = bases[pixel + 3] + run;
            int a4 = bases[pixel + 4] + run;
            int a5 = bases[pixel + 5] + run;
            for (int k = 0; k < runLength; k++) {
                var w0 = FloatVector.fromArray(SPECIES, weights, w);
                var w1 = FloatVector.fromArray(SPECIES, weights, w + LANES);
                w += WIDE;
                var x = FloatVector.broadcast(SPECIES, a[a0 + k]);
                s00 = x.fma(w0, s00);
                s01 = x.fma(w1, s01);
                x = FloatVector.broadcast(SPECIES, a[a1 + k]);
                s10 = x.fma(w0, s10);
                s11 = x.fma(w1, s11);
                x = FloatVector.broadcast(SPECIES, a[a2 + k]);
                s20 = x.fma(w0, s20);
                s21 = x.fma(w1, s21);
                x = FloatVector.broadcast(SPECIES, a[a3 + k]);
                s30 = x.fma(w0, s30);
                s31 = x.fma(w1, s31);
                x = FloatVector.broadcast(SPECIES, a[a4 + k]);
                s40 = x.fma(w0, s40);
                s41 = x.fma(w1, s41);
                x = FloatVector.broadcast(SPECIES, a[a5 + k]);
                s50 = x.fma(w0, s50);
                s51 = x.fma(w1, s51);
            }
        }
        int to = sumsAt;
        s00.intoArray(a, to);
        s01.intoArray(a, to + LANES);
        s10.intoArray(a, to + WIDE);
        s11.intoArray(a, to + WIDE + LANES);
        s20.intoArray(a, to + 2 * WIDE);
        s21.intoArray(a, to + 2 * WIDE + LANES);
        s30.intoArray(a, to + 3 * WIDE);
        s31.intoArray(a, to + 3 * WIDE + LANES);
        s40.intoArray(a, to + 4 * WIDE);
        s41.intoArray(a, to + 4 * WIDE + LANES);
        s50.intoArray(a, to + 5 * WIDE);
        s51.intoArray(a, to + 5 * WIDE + LANES);
    }

    /** For what is left at the end of a band. */
    private void three(float[] a, int[] bases, int pixel, float[] weights, int sumsAt) {
        var s00 = FloatVector.zero(SPECIES);
        var s01 = s00;
        var s10 = s00;
        var s11 = s00;
        var s20 = s00;
        var s21 = s00;
        int w = 0;
        for (int run : runs) {
            int a0 = bases[pixel + 0] + run;
            int a1 = bases[pixel + 1] + run;
            int a2 = bases[pixel + 2] + run;
            for (int k = 0; k < runLength; k++) {
                var w0 = FloatVector.fromArray(SPECIES, weights, w);
                var w1 = FloatVector.fromArray(SPECIES, weights, w + LANES);
                w += WIDE;
                var x = FloatVector.broadcast(SPECIES, a[a0 + k]);
                s00 = x.fma(w0, s00);
                s01 = x.fma(w1, s01);
                x = FloatVector.broadcast(SPECIES, a[a1 + k]);
                s10 = x.fma(w0, s10);
                s11 = x.fma(w1, s11);
                x = FloatVector.broadcast(SPECIES, a[a2 + k]);
                s20 = x.fma(w0, s20);
                s21 = x.fma(w1, s21);
            }
        }
        int to = sumsAt;
        s00.intoArray(a, to);
        s01.intoArray(a, to + LANES);
        s10.intoArray(a, to + WIDE);
        s11.intoArray(a, to + WIDE + LANES);
        s20.intoArray(a, to + 2 * WIDE);
        s21.intoArray(a, to + 2 * WIDE + LANES);
    }

    /** For a last panel of no more channels than one register holds. */
    private void eightNarrow(float[] a, int[] bases, int pixel, float[] weights, int sumsAt) {
        var s0 = FloatVector.zero(SPECIES);
        var s1 = s0;
        var s2 = s0;
        var s3 = s0;
        var s4 = s0;
        var s5 = s0;
        var s6 = s0;
        var s7 = s0;
        int w = 0;
        for (int run : runs) {
            int a0 = bases[pixel + 0] + run;
            int a1 = bases[pixel + 1] + run;
            int a2 = bases[pixel + 2] + run;
            int a3 = bases[pixel + 3] + run;
            int a4 = bases[pixel + 4] + run;
            int a5 = bases[pixel + 5] + run;
            int a6 = bases[pixel + 6] + run;
            int a7 = bases[pixel + 7] + run;
            for (int k = 0; k < runLength; k++) {
                var w0 = FloatVector.fromArray(SPECIES, weights, w);
                w += LANES;
                s0 = FloatVector.broadcast(SPECIES, a[a0 + k]).fma(w0, s0);
                s1 = FloatVector.broadcast(SPECIES, a[a1 + k]).fma(w0, s1);
                s2 = FloatVector.broadcast(SPECIES, a[a2 + k]).fma(w0, s2);
                s3 = FloatVector.broadcast(SPECIES, a[a3 + k]).fma(w0, s3);
                s4 = FloatVector.broadcast(SPECIES, a[a4 + k]).fma(w0, s4);
                s5 = FloatVector.broadcast(SPECIES, a[a5 + k]).fma(w0, s5);
                s6 = FloatVector.broadcast(SPECIES, a[a6 + k]).fma(w0, s6);
                s7 = FloatVector.broadcast(SPECIES, a[a7 + k]).fma(w0, s7);
            }
        }
        s0.intoArray(a, sumsAt);
        s1.intoArray(a, sumsAt + LANES);
        s2.intoArray(a, sumsAt + 2 * LANES);
        s3.intoArray(a, sumsAt + 3 * LANES);
        s4.intoArray(a, sumsAt + 4 * LANES);
        s5.intoArray(a, sumsAt + 5 * LANES);
        s6.intoArray(a, sumsAt + 6 * LANES);
        s7.intoArray(a, sumsAt + 7 * LANES);
    }
}
