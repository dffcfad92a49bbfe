package io.fleetwright.scheduler.batch;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Rules that look anew after each placement. Jobs of one kind differ by their deadline alone, so the one of the earliest stands
 * for all of them; a kind is looked at again when a device that it counted on was given away.
 */
final class ByKind {
    /** What decides between kinds; the least goes next. */
    enum Key {
        MIN_MIN,
        MAX_MIN,
        SUFFERAGE;

        /**
         * @param first finish on the best device
         * @param second finish on the second best, infinite if there is none; not looked at but by {@link #SUFFERAGE}
         */
        private double of(double first, double second) {
            return switch (this) {
                case MIN_MIN -> first;
                case MAX_MIN -> -first;
                case SUFFERAGE -> first - second;
            };
        }
    }

    private final Trial trial;
    private final Key key;
    private final boolean needsSecond;
    private final ArrayDeque<Integer>[] waiting;
    private final int[] best;
    private final int[] second;
    private final double[] keys;

    private ByKind(Trial trial, Key key) {
        this.trial = trial;
        this.key = key;
        needsSecond = key == Key.SUFFERAGE;
        int kinds = trial.problem.kindCount();
        waiting = queues(kinds);
        best = new int[kinds];
        second = new int[kinds];
        keys = new double[kinds];
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // There are no arrays of a generic type.
    private static ArrayDeque<Integer>[] queues(int count) {
        ArrayDeque[] queues = new ArrayDeque[count];
        Arrays.setAll(queues, _ -> new ArrayDeque<Integer>());
        return queues;
    }

    /** Places jobs block by block; stops early when the looks are spent. */
    static void fill(Trial trial, Key key) {
        ByKind rule = new ByKind(trial, key);
        for (int from = 0; from < trial.problem.jobCount() && !trial.isSpent(); from = trial.problem.blockEnd(from)) {
            rule.block(from, trial.problem.blockEnd(from));
        }
    }

    private void block(int from, int end) {
        IntStream.range(from, end)
                .boxed()
                .sorted(Comparator.comparingDouble(job -> trial.problem.job(job).deadline()))
                .forEach(job -> waiting[trial.problem.job(job).kind()].add(job));
        int[] kinds = IntStream.range(0, waiting.length)
                .filter(kind -> !waiting[kind].isEmpty())
                .toArray();
        for (int kind : kinds) {
            look(kind);
        }
        for (int next = next(kinds); next != Trial.NONE && !trial.isSpent(); next = next(kinds)) {
            int job = waiting[next].remove();
            int device = trial.problem.kind(next).device[best[next]];
            if (trial.place(job, best[next])) {
                for (int kind : kinds) {
                    if (!waiting[kind].isEmpty() && countsOn(kind, device)) {
                        look(kind);
                    }
                }
            }
        }
        for (int kind : kinds) {
            waiting[kind].clear();
        }
    }

    private boolean countsOn(int kind, int device) {
        int[] devices = trial.problem.kind(kind).device;
        return best[kind] != Trial.NONE && devices[best[kind]] == device
                || second[kind] != Trial.NONE && devices[second[kind]] == device;
    }

    private void look(int number) {
        BatchProblem.Kind kind = trial.problem.kind(number);
        best[number] = trial.earliest(kind, Trial.NONE);
        second[number] = Trial.NONE;
        if (best[number] != Trial.NONE) {
            if (needsSecond) {
                second[number] = trial.earliest(kind, kind.device[best[number]]);
            }
            keys[number] = key.of(
                    trial.finish(kind, best[number]),
                    second[number] == Trial.NONE ? Double.POSITIVE_INFINITY : trial.finish(kind, second[number]));
        }
    }

    /** Kind that goes next; of equals the one whose job came first. */
    private int next(int[] kinds) {
        int next = Trial.NONE;
        for (int kind : kinds) {
            if (!waiting[kind].isEmpty() && best[kind] != Trial.NONE) {
                int order = next == Trial.NONE ? -1 : Double.compare(keys[kind], keys[next]);
                if (order < 0 || order == 0 && waiting[kind].element() < waiting[next].element()) {
                    next = kind;
                }
            }
        }
        return next;
    }
}
