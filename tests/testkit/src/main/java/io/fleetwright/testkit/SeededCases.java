package io.fleetwright.testkit;

import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Runs a property over many seeded cases and names the seed of the case that fails. */
public final class SeededCases {
    /** One check; may throw anything to say that the property does not hold. */
    @FunctionalInterface
    public interface Check {
        void accept(SplittableRandom random, long seed) throws Exception;
    }

    private SeededCases() {}

    /**
     * Runs {@code check} for seeds {@code first .. first + count - 1}.
     *
     * <p>{@code -Dfleetwright.seed=N} runs that one seed alone.
     *
     * @throws AssertionError naming the seed, with the first failure as its cause
     */
    public static void forEach(long first, int count, Check check) {
        forEach(first, count, 1, check);
    }

    /**
     * The same on so many threads, which share {@code check}. No case begins after one has failed; of those that fail the
     * one with the lowest seed is named.
     */
    public static void forEach(long first, int count, int threads, Check check) {
        if (count < 1) {
            throw new IllegalArgumentException("count (%d) must be at least 1".formatted(count));
        }
        String only = System.getProperty("fleetwright.seed");
        long from = only == null ? first : Long.parseLong(only);
        long until = only == null ? first + count : from + 1;
        AtomicLong next = new AtomicLong(from);
        ConcurrentSkipListMap<Long, Throwable> failures = new ConcurrentSkipListMap<>();
        Runnable worker = () -> {
            for (long seed = next.getAndIncrement();
                    seed < until && failures.isEmpty();
                    seed = next.getAndIncrement()) {
                try {
                    check.accept(new SplittableRandom(seed), seed);
                } catch (Exception | AssertionError failure) {
                    failures.put(seed, failure);
                }
            }
        };
        if (threads == 1) {
            worker.run();
        } else {
            try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
                CompletableFuture.allOf(IntStream.range(0, threads)
                                .mapToObj(_ -> CompletableFuture.runAsync(worker, pool))
                                .toArray(CompletableFuture[]::new))
                        .join();
            }
        }
        if (!failures.isEmpty()) {
            long seed = failures.firstKey();
            Throwable failure = failures.firstEntry().getValue();
            throw new AssertionError(
                    "seed %d failed (repeat it with -Dfleetwright.seed=%d): %s"
                            .formatted(seed, seed, failure.getMessage()),
                    failure);
        }
    }
}
