package io.fleetwright.runtime.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/** The times of one engine, in nanoseconds, sorted, each with the round it was taken in. */
final class Times {
    private static final int RESAMPLES = 500;
    private static final double CONFIDENCE = 0.95;

    private final long[] nanos;
    private final int[] rounds;
    private final int roundCount;

    /** One run and the round it belongs to. */
    private record Timed(long nanos, int round) {}

    private Times(long[] nanos, int[] rounds, int roundCount) {
        this.nanos = nanos;
        this.rounds = rounds;
        this.roundCount = roundCount;
    }

    static Times of(List<long[]> blocks) {
        var all = new ArrayList<Timed>();
        for (int round = 0; round < blocks.size(); round++) {
            for (long nanos : blocks.get(round)) {
                all.add(new Timed(nanos, round));
            }
        }
        all.sort(Comparator.comparingLong(Timed::nanos));
        return new Times(
                all.stream().mapToLong(Timed::nanos).toArray(),
                all.stream().mapToInt(Timed::round).toArray(),
                blocks.size());
    }

    int runs() {
        return nanos.length;
    }

    int rounds() {
        return roundCount;
    }

    long min() {
        return nanos[0];
    }

    /** The smallest time that at least this share of the runs did not exceed. */
    long percentile(double share) {
        int[] once = new int[roundCount];
        Arrays.fill(once, 1);
        return percentile(share, once);
    }

    /** The same when round {@code r} had happened {@code weights[r]} times. */
    private long percentile(double share, int[] weights) {
        long total = 0;
        for (int round : rounds) {
            total += weights[round];
        }
        long rank = Math.max(1, (long) Math.ceil(share * total));
        long seen = 0;
        for (int i = 0; i < nanos.length; i++) {
            seen += weights[rounds[i]];
            if (seen >= rank) {
                return nanos[i];
            }
        }
        throw new IllegalStateException("no round has a weight");
    }

    /** A quotient of medians with the interval that resampled rounds give it. */
    record Ratio(double value, double low, double high) {}

    /**
     * This median over another one. The interval is a bootstrap of whole rounds, the same rounds for both, since runs
     * of one block are not independent and both sides of one round saw the same machine.
     */
    Ratio over(Times other) {
        if (other.roundCount != roundCount) {
            throw new IllegalArgumentException(
                    "%d rounds against %d: not one run".formatted(roundCount, other.roundCount));
        }
        var random = new SplittableRandom(1);
        double[] ratios = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            int[] weights = new int[roundCount];
            for (int j = 0; j < roundCount; j++) {
                weights[random.nextInt(roundCount)]++;
            }
            ratios[i] = (double) percentile(0.5, weights) / other.percentile(0.5, weights);
        }
        Arrays.sort(ratios);
        int outside = (int) Math.floor(RESAMPLES * (1 - CONFIDENCE) / 2);
        return new Ratio(
                (double) percentile(0.5) / other.percentile(0.5),
                ratios[outside],
                ratios[RESAMPLES - 1 - outside]);
    }
}
