package io.fleetwright.controller.rollout;

import java.util.Arrays;
import java.util.List;

/** Deals targets out to waves. */
final class Waves {
    private Waves() {}

    /**
     * The wave of each target.
     *
     * <p>Targets are taken so that any first part of them holds each class in proportion: the i-th of the n of its class
     * stands at (i + 1/2) / n. Within a class, and where classes tie, the given order decides.
     *
     * @param classes of each target, an index into {@code names}
     * @param waves the last one takes what is left
     */
    static int[] assign(int[] classes, List<String> names, List<Wave> waves) {
        int[] order = order(classes, names.size());
        int[] waveOf = new int[classes.length];
        Arrays.fill(waveOf, -1);
        int taken = 0;
        for (int wave = 0; wave < waves.size(); wave++) {
            boolean last = wave == waves.size() - 1;
            long quota = last
                    ? classes.length
                    : switch (waves.get(wave)) {
                        case Wave.Percent(int upTo) -> Math.ceilDiv((long) classes.length * upTo, 100L) - taken;
                        case Wave.Count(int targets) -> targets;
                        case Wave.OfClass _ -> classes.length;
                    };
            String only = !last && waves.get(wave) instanceof Wave.OfClass(String name) ? name : null;
            for (int place = 0; place < order.length && quota > 0; place++) {
                int target = order[place];
                if (waveOf[target] < 0
                        && (only == null || names.get(classes[target]).equals(only))) {
                    waveOf[target] = wave;
                    taken++;
                    quota--;
                }
            }
        }
        return waveOf;
    }

    private static int[] order(int[] classes, int classCount) {
        int[] sizes = new int[classCount];
        for (int type : classes) {
            sizes[type]++;
        }
        int[] next = new int[classCount];
        long[] keys = new long[classes.length];
        for (int target = 0; target < classes.length; target++) {
            int type = classes[target];
            long position = ((2L * next[type] + 1) << 31) / (2L * sizes[type]);
            next[type]++;
            keys[target] = position << 32 | target;
        }
        Arrays.sort(keys);
        return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
    }
}
