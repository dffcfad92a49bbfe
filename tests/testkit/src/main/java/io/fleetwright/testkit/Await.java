package io.fleetwright.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition with a bound; a test never sleeps for a fixed time. */
public final class Await {
    private static final long POLL_NANOS_FIRST = 10_000_000L;
    /** Many waits at once would otherwise keep busy what they wait for. */
    private static final long POLL_NANOS_MAX = 80_000_000L;

    private Await() {}

    /**
     * Returns as soon as {@code condition} is true.
     *
     * @param what what is waited for, in words, for the failure text
     * @throws AssertionError when {@code limit} passes first; the last exception of the condition is its cause
     */
    public static void until(String what, Duration limit, Callable<Boolean> condition) {
        until(() -> what, limit, condition);
    }

    /** The same with a text that is made when the limit has passed, such as the end of a log. */
    public static void until(Supplier<String> what, Duration limit, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        long pause = POLL_NANOS_FIRST;
        Exception last = null;
        do {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception failure) {
                last = failure;
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(2 * pause, POLL_NANOS_MAX);
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for: " + what.get());
            }
        } while (System.nanoTime() < deadline);
        throw new AssertionError("not within %s: %s".formatted(limit, what.get()), last);
    }
}
