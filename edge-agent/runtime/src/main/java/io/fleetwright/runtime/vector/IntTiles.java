package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Integers in int32 lanes: exact modulo 2^32 like the scalar sums, for layers too deep for float32 and for machines whose
 * floating point is poor.
 */
final class IntTiles implements Tiles {
    private static final VectorSpecies<Integer> SPECIES = Lanes.INTS;
    private static final int LANES = SPECIES.length();
    private static final int WIDE = 2 * LANES;
    private static final int ROWS = 4;

    private final int units;
    private final int zero;
    private final int[] runs;
    private final int runLength;
    private final int[][] panels;
    private final VectorRequantizer requantizer;

    IntTiles(Weights weights, int zero, Patches patches, VectorRequantizer requantizer) {
        this.units = weights.units();
        this.zero = zero;
        this.runs = patches.runOffsets();
        this.runLength = patches.runLength();
        this.requantizer = requantizer;
        this.panels = new int[Math.ceilDiv(units, WIDE)][WIDE * weights.depth()];
        for (int unit = 0; unit < units; unit++) {
            for (int k = 0; k < weights.depth(); k++) {
                panels[unit / WIDE][k * WIDE + unit % WIDE] = weights.at(unit, k);
            }
        }
    }

    @Override
    public String name() {
        return "int32 %dx%d".formatted(ROWS, WIDE);
    }

    @Override
    public WorkspaceSize workspace(int values, int sums) {
        return WorkspaceSize.ofInts(Math.addExact(values, sums));
    }

    @Override
    public void widen(byte[] arena, int from, Workspace workspace, int to, int count) {
        Lanes.widen(arena, from, workspace.ints, to, count);
    }

    @Override
    public void pad(Workspace workspace, int to, int count) {
        Arrays.fill(workspace.ints, to, to + count, zero);
    }

    @Override
    public void copy(Workspace workspace, int from, int[] bases, Patches patches, int pixels) {
        Lanes.copy(workspace.ints, from, bases, patches, pixels);
    }

    @Override
    public int panels() {
        return panels.length;
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
        return WIDE;
    }

    @Override
    public int rows(int panel) {
        return ROWS;
    }

    @Override
    public void multiply(Workspace workspace, int panel, int[] bases, int pixel, int used, int sumsAt) {
        four(workspace.ints, bases, pixel, panels[panel], sumsAt);
    }

    @Override
    public void rescale(Workspace workspace, int panel, int sumsAt, int rows, byte[] out, int to) {
        requantizer.apply(
                workspace.ints, sumsAt, WIDE, rows, channel(panel), channels(panel), out, to, units, workspace.few);
    }

    private void four(int[] a, int[] bases, int pixel, int[] weights, int sumsAt) {
        var s00 = IntVector.zero(SPECIES);
        var s01 = s00;
        var s10 = s00;
        var s11 = s00;
        var s20 = s00;
        var s21 = s00;
        var s30 = s00;
        var s31 = s00;
        int w = 0;
        for (int run : runs) {
            int a0 = bases[pixel + 0] + run;
            int a1 = bases[pixel + 1] + run;
            int a2 = bases[pixel + 2] + run;
            int a3 = bases[pixel + 3] + run;
            for (int k = 0; k < runLength; k++) {
                var w0 = IntVector.fromArray(SPECIES, weights, w);
                var w1 = IntVector.fromArray(SPECIES, weights, w + LANES);
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
        }
        s00.intoArray(a, sumsAt);
        s01.intoArray(a, sumsAt + LANES);
        s10.intoArray(a, sumsAt + 2 * LANES);
        s11.intoArray(a, sumsAt + 3 * LANES);
        s20.intoArray(a, sumsAt + 4 * LANES);
        s21.intoArray(a, sumsAt + 5 * LANES);
        s30.intoArray(a, sumsAt + 6 * LANES);
        s31.intoArray(a, sumsAt + 7 * LANES);
    }
}
