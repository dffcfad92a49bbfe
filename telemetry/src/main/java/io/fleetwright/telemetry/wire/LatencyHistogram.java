package io.fleetwright.telemetry.wire;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How often which latency was seen, in buckets that grow by 5 %: bucket {@code b} holds
 * {@code 1.05^(b-1) < micros <= 1.05^b}, so that every percentile is known to 5 % and histograms of many devices add up.
 *
 * @see "Masson, Rim, Lee: DDSketch, VLDB 2019 (buckets of relative width)"
 */
public record LatencyHistogram(SortedMap<Integer, Long> counts) {
    /** Buckets from 0 to this; the last one ends above 1000 s. */
    public static final int BUCKET_MAX = 425;

    public static final LatencyHistogram EMPTY = new LatencyHistogram(new TreeMap<>());

    private static final double LOG_WIDTH = Math.log(1.05);

    public LatencyHistogram {
        counts.forEach((bucket, count) -> {
            if (bucket < 0 || bucket > BUCKET_MAX || count < 1) {
                throw new IllegalArgumentException("bucket %d with %d".formatted(bucket, count));
            }
        });
        long all = 0;
        for (long count : counts.values()) {
            all = Math.addExact(all, count);
        }
        counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
    }

    /** Where a latency belongs; what is below or above all buckets goes to the first or the last one. */
    public static int bucket(double micros) {
        return micros <= 1 ? 0 : (int) Math.min(BUCKET_MAX, Math.ceil(Math.log(micros) / LOG_WIDTH));
    }

    /** Upper end of a bucket, microseconds. */
    public static double upperMicros(int bucket) {
        return Math.exp(bucket * LOG_WIDTH);
    }

    public LatencyHistogram plus(LatencyHistogram other) {
        SortedMap<Integer, Long> sum = new TreeMap<>(counts);
        other.counts.forEach((bucket, count) -> sum.merge(bucket, count, Math::addExact));
        return new LatencyHistogram(sum);
    }

    public long count() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How many lie in buckets above the one that holds {@code micros}. */
    public long above(double micros) {
        return counts.tailMap(bucket(micros) + 1).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /**
     * Upper end of the bucket that holds a percentile, microseconds.
     *
     * @param share from 0 to 1
     * @throws IllegalStateException when nothing was counted
     */
    public double percentileMicros(double share) {
        long left = (long) Math.ceil(share * count());
        for (var entry : counts.entrySet()) {
            left -= entry.getValue();
            if (left <= 0) {
                return upperMicros(entry.getKey());
            }
        }
        throw new IllegalStateException("a percentile of nothing");
    }

    /** {@code bucket:count} words, for a database. */
    public String text() {
        StringBuilder text = new StringBuilder();
        counts.forEach((bucket, count) -> text.append(text.isEmpty() ? "" : " ")
                .append(bucket)
                .append(':')
                .append(count));
        return text.toString();
    }

    /** Reads what {@link #text} wrote. */
    public static LatencyHistogram parse(String text) {
        SortedMap<Integer, Long> counts = new TreeMap<>();
        for (String word : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
            int colon = word.indexOf(':');
            counts.put(Integer.parseInt(word.substring(0, colon)), Long.parseLong(word.substring(colon + 1)));
        }
        return new LatencyHistogram(counts);
    }
}
