package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Refusal;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Requests that wait for the end of a job or a rollout, so many at a time. */
final class Waits {
    /** Longest wait before the row is looked at again, should a hint be lost. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final int placesMax;
    private final Semaphore places;
    private final Function<String, ChangeHints.JobWait> watch;

    /** @param watch takes a place in the line of those who hear of something by its id */
    Waits(int placesMax, Function<String, ChangeHints.JobWait> watch) {
        this.placesMax = placesMax;
        this.places = new Semaphore(placesMax);
        this.watch = watch;
    }

    /**
     * Begins something and waits for its end, on the caller's thread.
     *
     * @param begin answers its id; not called when there is no place to wait
     * @param look reads it as it is
     * @param limit longest wait; zero takes no place
     * @return what it is after the wait
     * @throws Refusal when too many wait already, and those of {@code begin} and {@code look}
     */
    <T> T run(Supplier<String> begin, Function<String, T> look, Predicate<T> isOpen, Duration limit)
            throws InterruptedException {
        if (limit.isZero()) {
            return look.apply(begin.get());
        }
        if (!places.tryAcquire()) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "%d requests wait already".formatted(placesMax));
        }
        try {
            return await(begin.get(), look, isOpen, limit);
        } finally {
            places.release();
        }
    }

    private <T> T await(String id, Function<String, T> look, Predicate<T> isOpen, Duration limit)
            throws InterruptedException {
        long until = System.nanoTime() + limit.toNanos();
        while (true) {
            ChangeHints.JobWait wait = watch.apply(id);
            T now = look.apply(id);
            Duration left = Duration.ofNanos(until - System.nanoTime());
            if (!isOpen.test(now) || !left.isPositive()) {
                wait.await(Duration.ZERO);
                return now;
            }
            wait.await(left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN);
        }
    }
}
