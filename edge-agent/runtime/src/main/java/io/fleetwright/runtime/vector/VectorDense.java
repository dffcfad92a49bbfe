package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Fully connected layer of few rows: every weight is used once or twice, so that reading weights is the work.
 *
 * <p>Weights stay bytes, a quarter of what floats take, and are widened as they are read; products are added in 16 bits, see
 * {@link ShortGroups} and {@link ShortTiles}. Each panel of output channels is one part of the work.
 */
final class VectorDense implements Kernel {
    /** With more rows, widening weights once for all of them is faster. */
    static final int ROWS_MAX = 3;

    private static final VectorSpecies<Short> SHORTS = Lanes.SHORTS;
    private static final VectorSpecies<Integer> INTS = Lanes.INTS;
    private static final int LANES = SHORTS.length();
    private static final int HALF = LANES / 2;
    private static final int REGISTERS = 4;
    private static final int WIDE = REGISTERS * LANES;
    private static final int SLACK = 16;

    private final int rows;
    private final int depth;
    private final int units;
    private final int inputAt;
    private final int outputAt;
    private final Panel[] panels;
    private final VectorRequantizer requantizer;

    /**
     * @param channel first output channel
     * @param lanes channels, rounded up to one register or to four
     * @param weights {@code [depth][lanes]}, channels in the order of {@link ShortGroups#lane}
     * @param groups products that are added in 16 bits, see {@link ShortGroups#of}
     */
    private record Panel(int channel, int lanes, byte[] weights, int[] groups) {
        static Panel of(Weights source, int channel) {
            int left = source.units() - channel;
            int lanes = left > LANES ? WIDE : LANES;
            int count = Math.min(lanes, left);
            byte[] weights = new byte[source.depth() * lanes];
            for (int i = 0; i < count; i++) {
                int lane = ShortGroups.lane(i);
                for (int k = 0; k < source.depth(); k++) {
                    weights[k * lanes + lane] = (byte) source.at(channel + i, k);
                }
            }
            return new Panel(channel, lanes, weights, ShortGroups.of(source, channel, count, source.depth()));
        }
    }

    /**
     * @param inputAt where the input's {@code rows} of {@code weights.depth()} int8 start in the arena
     * @param outputAt where the output's {@code rows} of {@code weights.units()} int8 start
     */
    VectorDense(Weights weights, int rows, int inputAt, int outputAt, VectorRequantizer requantizer) {
        this.rows = rows;
        this.depth = weights.depth();
        this.units = weights.units();
        this.inputAt = inputAt;
        this.outputAt = outputAt;
        this.requantizer = requantizer;
        this.panels = new Panel[Math.ceilDiv(units, WIDE)];
        for (int panel = 0; panel < panels.length; panel++) {
            panels[panel] = Panel.of(weights, panel * WIDE);
        }
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(Math.addExact(depth, WIDE + SLACK));
    }

    /** Panels. */
    @Override
    public int parts() {
        return panels.length;
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        int[] ints = workspace.ints;
        for (int row = 0; row < rows; row++) {
            Lanes.widenToPairs(arena, inputAt + row * depth, ints, 0, depth);
            for (int panel = from; panel < to; panel++) {
                multiply(ints, panels[panel]);
                int channel = panels[panel].channel();
                requantizer.apply(
                        ints,
                        depth,
                        WIDE,
                        1,
                        channel,
                        Math.min(panels[panel].lanes(), units - channel),
                        arena,
                        outputAt + row * units + channel,
                        units,
                        workspace.few);
            }
        }
    }

    private void multiply(int[] ints, Panel panel) {
        if (panel.lanes() == WIDE) {
            four(ints, panel.weights(), panel.groups(), depth);
        } else {
            one(ints, panel.weights(), panel.groups(), depth);
        }
        for (int at = depth; at < depth + panel.lanes(); at += LANES) {
            ShortTiles.takeApart(ints, at, panel.groups().length);
        }
    }

    private static void four(int[] a, byte[] weights, int[] groups, int depth) {
        var start = IntVector.broadcast(INTS, ShortTiles.LOW_START).reinterpretAsShorts();
        var all0 = IntVector.zero(INTS);
        var high0 = all0;
        var all1 = all0;
        var high1 = all0;
        var all2 = all0;
        var high2 = all0;
        var all3 = all0;
        var high3 = all0;
        int k = 0;
        int w = 0;
        int group = 0;
        while (k < depth) {
            int end = Math.min(k + groups[group++], depth);
            var s0 = start;
            var s1 = start;
            var s2 = start;
            var s3 = start;
            for (; k < end; k++) {
                var x = IntVector.broadcast(INTS, a[k]).reinterpretAsShorts();
                s0 = x.mul(Lanes.shorts(weights, w)).add(s0);
                s1 = x.mul(Lanes.shorts(weights, w + LANES)).add(s1);
                s2 = x.mul(Lanes.shorts(weights, w + 2 * LANES)).add(s2);
                s3 = x.mul(Lanes.shorts(weights, w + 3 * LANES)).add(s3);
                w += WIDE;
            }
            var both = s0.reinterpretAsInts();
            all0 = both.add(all0);
            high0 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high0);
            both = s1.reinterpretAsInts();
            all1 = both.add(all1);
            high1 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high1);
            both = s2.reinterpretAsInts();
            all2 = both.add(all2);
            high2 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high2);
            both = s3.reinterpretAsInts();
            all3 = both.add(all3);
            high3 = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high3);
        }
        // A register that the loop carries has no exact type when C2 parses a store by its own method. That goes by the
        // type profile of all stores in the JVM: once other widths have been there, C2 goes on making objects of sums.
        var none = IntVector.zero(INTS);
        none.or(all0).intoArray(a, depth);
        none.or(high0).intoArray(a, depth + HALF);
        none.or(all1).intoArray(a, depth + 2 * HALF);
        none.or(high1).intoArray(a, depth + 3 * HALF);
        none.or(all2).intoArray(a, depth + 4 * HALF);
        none.or(high2).intoArray(a, depth + 5 * HALF);
        none.or(all3).intoArray(a, depth + 6 * HALF);
        none.or(high3).intoArray(a, depth + 7 * HALF);
    }

    private static void one(int[] a, byte[] weights, int[] groups, int depth) {
        ShortVector start = IntVector.broadcast(INTS, ShortTiles.LOW_START).reinterpretAsShorts();
        var all = IntVector.zero(INTS);
        var high = all;
        int k = 0;
        int w = 0;
        int group = 0;
        while (k < depth) {
            int end = Math.min(k + groups[group++], depth);
            var sum = start;
            for (; k < end; k++) {
                var x = IntVector.broadcast(INTS, a[k]).reinterpretAsShorts();
                sum = x.mul(Lanes.shorts(weights, w)).add(sum);
                w += LANES;
            }
            var both = sum.reinterpretAsInts();
            all = both.add(all);
            high = both.lanewise(VectorOperators.ASHR, Short.SIZE).add(high);
        }
        var none = IntVector.zero(INTS);
        none.or(all).intoArray(a, depth);
        none.or(high).intoArray(a, depth + HALF);
    }

    @Override
    public String carrier() {
        return "int16 rows x%d".formatted(WIDE);
    }
}
