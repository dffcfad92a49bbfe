package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Integers in int16 lanes: twice as many products per register as float32 carries.
 *
 * <p>Products of int8 fit 15 bits, and real weights are mostly small, so that several products fit 16 bits together, whatever
 * the values are: see {@link ShortGroups}. After each group the sums of a register are added to int32 sums in two
 * instructions: as pairs in one int ({@code all}), and their upper halves alone ({@code high}). The lower halves are the
 * difference; they start at 2^15 in every group so that they never borrow from the upper ones.
 *
 * <p>The low half of a pair is channel i of its register's first half, the high half channel i of the second half.
 */
final class ShortTiles implements Tiles {
    private static final VectorSpecies<Short> SHORTS = Lanes.SHORTS;
    private static final VectorSpecies<Integer> INTS = Lanes.INTS;
    private static final int LANES = SHORTS.length();
    private static final int HALF = LANES / 2;
    private static final int WIDE = 2 * LANES;
    /** Start of the low half of each pair; the high half starts at 0. */
    static final int LOW_START = 1 << 15;

    /** How much faster float32 is with registers of 512 bits than with 256; measured on Zen 5. */
    private static final double WIDE_FLOAT_GAIN = 1.25;

    private final int units;
    private final int zero;
    private final int[] runs;
    private final int runLength;
    private final Panel[] panels;
    private final VectorRequantizer requantizer;

    private static final class Panel {
        private final int lanes;
        private final short[] weights;
        private final int[] groups;
        /** First group of each run. */
        private final int[] groupsAt;

        Panel(Weights source, int first, int lanes, int[] groups, int runs) {
            this.lanes = lanes;
            this.groups = groups;
            this.groupsAt = new int[runs];
            int runLength = source.depth() / runs;
            int covered = 0;
            for (int group = 0; group < groups.length; group++) {
                if (covered % runLength == 0) {
                    groupsAt[covered / runLength] = group;
                }
                covered += groups[group];
            }
            this.weights = new short[lanes * source.depth()];
            for (int channel = 0; channel < Math.min(lanes, source.units() - first); channel++) {
                int lane = ShortGroups.lane(channel);
                for (int k = 0; k < source.depth(); k++) {
                    weights[k * lanes + lane] = (short) source.at(first + channel, k);
                }
            }
        }
    }

    ShortTiles(Weights weights, int zero, Patches patches, VectorRequantizer requantizer) {
        this.units = weights.units();
        this.zero = zero;
        this.runs = patches.runOffsets();
        this.runLength = patches.runLength();
        this.requantizer = requantizer;
        this.panels = new Panel[Math.ceilDiv(units, WIDE)];
        for (int panel = 0; panel < panels.length; panel++) {
            int first = panel * WIDE;
            int lanes = lanes(units, first);
            int[] groups = ShortGroups.of(weights, first, Math.min(lanes, units - first), runLength);
            panels[panel] = new Panel(weights, first, lanes, groups, runs.length);
        }
    }

    private static int lanes(int units, int first) {
        return units - first > LANES ? WIDE : LANES;
    }

    /**
     * Time per pixel and product, in units of a float32 multiply-add of one channel; measured on Zen 4 with 512-bit
     * registers, see docs/benchmarks.md.
     */
    static double cost(Weights weights, int runLength) {
        double scale = Lanes.floatsAreWide() ? WIDE_FLOAT_GAIN : 1;
        double cost = 0;
        for (int first = 0; first < weights.units(); first += WIDE) {
            int lanes = lanes(weights.units(), first);
            int[] groups = ShortGroups.of(weights, first, Math.min(lanes, weights.units() - first), runLength);
            double perGroup = (double) groups.length / weights.depth();
            cost += lanes * (lanes == WIDE ? 0.55 + 0.95 * perGroup : 0.69 + 1.05 * perGroup);
        }
        return cost * scale;
    }

    @Override
    public String name() {
        return "int16 4x%d".formatted(WIDE);
    }

    @Override
    public WorkspaceSize workspace(int values, int sums) {
        return WorkspaceSize.ofInts(Math.addExact(values, sums));
    }

    @Override
    public void widen(byte[] arena, int from, Workspace workspace, int to, int count) {
        Lanes.widenToPairs(arena, from, workspace.ints, to, count);
    }

    @Override
    public void pad(Workspace workspace, int to, int count) {
        Arrays.fill(workspace.ints, to, to + count, Lanes.pair(zero));
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
        return panels[panel].lanes;
    }

    @Override
    public int rows(int panel) {
        return panels[panel].lanes == WIDE ? 4 : 8;
    }

    @Override
    public void multiply(Workspace workspace, int panel, int[] bases, int pixel, int used, int sumsAt) {
        int[] a = workspace.ints;
        var own = panels[panel];
        int rows = rows(panel);
        Arrays.fill(a, sumsAt, sumsAt + rows * own.lanes, 0);
        for (int run = 0; run < runs.length; run++) {
            int offset = runs[run];
            int a0 = bases[pixel] + offset;
            int a1 = bases[pixel + 1] + offset;
            int a2 = bases[pixel + 2] + offset;
            int a3 = bases[pixel + 3] + offset;
            int w = run * runLength * own.lanes;
            int group = own.groupsAt[run];
            if (rows == 4) {
                four(a, a0, a1, a2, a3, own.weights, w, own.groups, group, runLength, sumsAt);
            } else {
                int a4 = bases[pixel + 4] + offset;
                int a5 = bases[pixel + 5] + offset;
                int a6 = bases[pixel + 6] + offset;
                int a7 = bases[pixel + 7] + offset;
                eight(a, a0, a1, a2, a3, a4, a5, a6, a7, own.weights, w, own.groups, group, runLength, sumsAt);
            }
        }
        for (int at = sumsAt; at < sumsAt + rows * own.lanes; at += LANES) {
            takeApart(a, at, own.groups.length);
        }
    }

    @Override
    public void rescale(Workspace workspace, int panel, int sumsAt, int rows, byte[] out, int to) {
        requantizer.apply(
                workspace.ints,
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

    private static ShortVector broadcast(int pair) {
        return IntVector.broadcast(INTS, pair).reinterpretAsShorts();
    }

    /** Pairs and high halves become low and high halves; pairs hold 2^15 too much in each low half for every group. */
    static void takeApart(int[] sums, int at, int groups) {
        var high = IntVector.fromArray(INTS, sums, at + HALF);
        IntVector.fromArray(INTS, sums, at)
                .sub(high.lanewise(VectorOperators.LSHL, Short.SIZE))
                .sub(groups * LOW_START)
                .intoArray(sums, at);
    }

    private static void four(
            int[] a,
            int a0,
            int a1,
            int a2,
            int a3,
            short[] weights,
            int w,
            int[] groups,
            int group,
            int length,
            int sumsAt) {
        var start = IntVector.broadcast(INTS, LOW_START).reinterpretAsShorts();
        var all00 = IntVector.fromArray(INTS, a, sumsAt);
        var high00 = IntVector.fromArray(INTS, a, sumsAt + HALF);
        var all01 = IntVector.fromArray(INTS, a, sumsAt + 2 * HALF);
        var high01 = IntVector.fromArray(INTS, a, sumsAt + 3 * HALF);
        var all10 = IntVector.fromArray(INTS, a, sumsAt + 4 * HALF);
        var high10 = IntVector.fromArray(INTS, a, sumsAt + 5 * HALF);
        var all11 = IntVector.fromArray(INTS, a, sumsAt + 6 * HALF);
        var high11 = IntVector.fromArray(INTS, a, sumsAt + 7 * HALF);
        var all20 = IntVector.fromArray(INTS, a, sumsAt + 8 * HALF);
        var high20 = IntVector.fromArray(INTS, a, sumsAt + 9 * HALF);
        var all21 = IntVector.fromArray(INTS, a, sumsAt + 10 * HALF);
        var high21 = IntVector.fromArray(INTS, a, sumsAt + 11 * HALF);
        var all30 = IntVector.fromArray(INTS, a, sumsAt + 12 * HALF);
        var high30 = IntVector.fromArray(INTS, a, sumsAt + 13 * HALF);
        var all31 = IntVector.fromArray(INTS, a, sumsAt + 14 * HALF);
        var high31 = IntVector.fromArray(INTS, a, sumsAt + 15 * HALF);
        int k = 0;
        while (k < length) {
            int end = Math.min(k + groups[group++], length);
            var s00 = start;
            var s01 = start;
            var s10 = start;
            var s11 = start;
            var s20 = start;
            var s21 = start;
            var s30 = start;
            var s31 = start;
            for (; k < end; k++) {
                var w0 = ShortVector.fromArray(SHORTS, weights, w);
                var w1 = ShortVector.fromArray(SHORTS, weights, w + LANES);
                w += 2 * LANES;
                var x = broadcast(a[a0 + k]);
                s00 = x.mul(w0).add(s00);
                s01 = x.mul(w1).add(s01);
                x = broadcast(a[a1 + k]);
                s10 = x.mul(w0).add(s10);
                s11 = x.mul(w1).add(s11);
                x = broadcast(a[a2 + k]);
                s20 = x.mul(w0).add(s20);
                s21 = x.mul(w1).add(s21);
                x = broadcast(a[a3 + k]);
                s30 = x.mul(w0).add(s30);
                s31 = x.mul(w1).add(s31);
            }
            var both = s00.reinterpretAsInts();
            all00 = both.add(all00);
            high00 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high00);
            both = s01.reinterpretAsInts();
            all01 = both.add(all01);
            high01 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high01);
            both = s10.reinterpretAsInts();
            all10 = both.add(all10);
            high10 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high10);
            both = s11.reinterpretAsInts();
            all11 = both.add(all11);
            high11 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high11);
            both = s20.reinterpretAsInts();
            all20 = both.add(all20);
            high20 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high20);
            both = s21.reinterpretAsInts();
            all21 = both.add(all21);
            high21 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high21);
            both = s30.reinterpretAsInts();
            all30 = both.add(all30);
            high30 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high30);
            both = s31.reinterpretAsInts();
            all31 = both.add(all31);
            high31 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high31);
        }
        all00.intoArray(a, sumsAt);
        high00.intoArray(a, sumsAt + HALF);
        all01.intoArray(a, sumsAt + 2 * HALF);
        high01.intoArray(a, sumsAt + 3 * HALF);
        all10.intoArray(a, sumsAt + 4 * HALF);
        high10.intoArray(a, sumsAt + 5 * HALF);
        all11.intoArray(a, sumsAt + 6 * HALF);
        high11.intoArray(a, sumsAt + 7 * HALF);
        all20.intoArray(a, sumsAt + 8 * HALF);
        high20.intoArray(a, sumsAt + 9 * HALF);
        all21.intoArray(a, sumsAt + 10 * HALF);
        high21.intoArray(a, sumsAt + 11 * HALF);
        all30.intoArray(a, sumsAt + 12 * HALF);
        high30.intoArray(a, sumsAt + 13 * HALF);
        all31.intoArray(a, sumsAt + 14 * HALF);
        high31.intoArray(a, sumsAt + 15 * HALF);
    }

    private static void eight(
            int[] a,
            int a0,
            int a1,
            int a2,
            int a3,
            int a4,
            int a5,
            int a6,
            int a7,
            short[] weights,
            int w,
            int[] groups,
            int group,
            int length,
            int sumsAt) {
        var start = IntVector.broadcast(INTS, LOW_START).reinterpretAsShorts();
        var all00 = IntVector.fromArray(INTS, a, sumsAt);
        var high00 = IntVector.fromArray(INTS, a, sumsAt + HALF);
        var all10 = IntVector.fromArray(INTS, a, sumsAt + 2 * HALF);
        var high10 = IntVector.fromArray(INTS, a, sumsAt + 3 * HALF);
        var all20 = IntVector.fromArray(INTS, a, sumsAt + 4 * HALF);
        var high20 = IntVector.fromArray(INTS, a, sumsAt + 5 * HALF);
        var all30 = IntVector.fromArray(INTS, a, sumsAt + 6 * HALF);
        var high30 = IntVector.fromArray(INTS, a, sumsAt + 7 * HALF);
        var all40 = IntVector.fromArray(INTS, a, sumsAt + 8 * HALF);
        var high40 = IntVector.fromArray(INTS, a, sumsAt + 9 * HALF);
        var all50 = IntVector.fromArray(INTS, a, sumsAt + 10 * HALF);
        var high50 = IntVector.fromArray(INTS, a, sumsAt + 11 * HALF);
        var all60 = IntVector.fromArray(INTS, a, sumsAt + 12 * HALF);
        var high60 = IntVector.fromArray(INTS, a, sumsAt + 13 * HALF);
        var all70 = IntVector.fromArray(INTS, a, sumsAt + 14 * HALF);
        var high70 = IntVector.fromArray(INTS, a, sumsAt + 15 * HALF);
        int k = 0;
        while (k < length) {
            int end = Math.min(k + groups[group++], length);
            var s00 = start;
            var s10 = start;
            var s20 = start;
            var s30 = start;
            var s40 = start;
            var s50 = start;
            var s60 = start;
            var s70 = start;
            for (; k < end; k++) {
                var w0 = ShortVector.fromArray(SHORTS, weights, w);
                w += LANES;
                var x = broadcast(a[a0 + k]);
                s00 = x.mul(w0).add(s00);
                x = broadcast(a[a1 + k]);
                s10 = x.mul(w0).add(s10);
                x = broadcast(a[a2 + k]);
                s20 = x.mul(w0).add(s20);
                x = broadcast(a[a3 + k]);
                s30 = x.mul(w0).add(s30);
                x = broadcast(a[a4 + k]);
                s40 = x.mul(w0).add(s40);
                x = broadcast(a[a5 + k]);
                s50 = x.mul(w0).add(s50);
                x = broadcast(a[a6 + k]);
                s60 = x.mul(w0).add(s60);
                x = broadcast(a[a7 + k]);
                s70 = x.mul(w0).add(s70);
            }
            var both = s00.reinterpretAsInts();
            all00 = both.add(all00);
            high00 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high00);
            both = s10.reinterpretAsInts();
            all10 = both.add(all10);
            high10 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high10);
            both = s20.reinterpretAsInts();
            all20 = both.add(all20);
            high20 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high20);
            both = s30.reinterpretAsInts();
            all30 = both.add(all30);
            high30 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high30);
            both = s40.reinterpretAsInts();
            all40 = both.add(all40);
            high40 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high40);
            both = s50.reinterpretAsInts();
            all50 = both.add(all50);
            high50 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high50);
            both = s60.reinterpretAsInts();
            all60 = both.add(all60);
            high60 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high60);
            both = s70.reinterpretAsInts();
            all70 = both.add(all70);
            high70 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high70);
        }
        all00.intoArray(a, sumsAt);
        high00.intoArray(a, sumsAt + HALF);
        all10.intoArray(a, sumsAt + 2 * HALF);
        high10.intoArray(a, sumsAt + 3 * HALF);
        all20.intoArray(a, sumsAt + 4 * HALF);
        high20.intoArray(a, sumsAt + 5 * HALF);
        all30.intoArray(a, sumsAt + 6 * HALF);
        high30.intoArray(a, sumsAt + 7 * HALF);
        all40.intoArray(a, sumsAt + 8 * HALF);
        high40.intoArray(a, sumsAt + 9 * HALF);
        all50.intoArray(a, sumsAt + 10 * HALF);
        high50.intoArray(a, sumsAt + 11 * HALF);
        all60.intoArray(a, sumsAt + 12 * HALF);
        high60.intoArray(a, sumsAt + 13 * HALF);
        all70.intoArray(a, sumsAt + 14 * HALF);
        high70.intoArray(a, sumsAt + 15 * HALF);
    }
}
