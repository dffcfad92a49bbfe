package io.fleetwright.testkit;

import java.util.SplittableRandom;

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
        if (count < 1) {
            throw new IllegalArgumentException("count (%d) must be at least 1".formatted(count));
        }
        String only = System.getProperty("fleetwright.seed");
        long from = only == null ? first : Long.parseLong(only);
        long until = only == null ? first + count : from + 1;
        for (long seed = from; seed < until; seed++) {
            try {
                check.accept(new SplittableRandom(seed), seed);
            } catch (Exception | AssertionError failure) {
                throw new AssertionError(
                        "seed %d failed (repeat it with -Dfleetwright.seed=%d): %s"
                                .formatted(seed, seed, failure.getMessage()),
                        failure);
            }
        }
    }
}
