package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.rollout.RolloutRow;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;

/** Requests that wait for the end of a rollout that they have begun, so many at a time. */
final class RolloutWaits {
    /** Longest wait before the row is looked at again, should a hint be lost. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final int placesMax;
    private final Semaphore places;
    private final Function<String, ChangeHints.JobWait> watch;

    /** @param watch takes a place in the line of those who hear of a rollout */
    RolloutWaits(int placesMax, Function<String, ChangeHints.JobWait> watch) {
        this.placesMax = placesMax;
        this.places = new Semaphore(placesMax);
        this.watch = watch;
    }

    /**
     * Begins a rollout and waits for its end, on the caller's thread.
     *
     * @param begin answers its id; not called when there is no place to wait
     * @param limit longest wait; zero takes no place
     * @return the rollout as it is after the wait
     * @throws Refusal when too many wait already, and those of {@code begin}
     */
    RolloutRow run(Models.Transactions reads, Supplier<String> begin, Duration limit) throws InterruptedException {
        if (limit.isZero()) {
            return read(reads, begin.get());
        }
        if (!places.tryAcquire()) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "%d requests wait for a rollout already".formatted(placesMax));
        }
        try {
            return await(reads, begin.get(), limit);
        } finally {
            places.release();
        }
    }

    private RolloutRow await(Models.Transactions reads, String id, Duration limit) throws InterruptedException {
        long until = System.nanoTime() + limit.toNanos();
        while (true) {
            ChangeHints.JobWait wait = watch.apply(id);
            RolloutRow rollout = read(reads, id);
            Duration left = Duration.ofNanos(until - System.nanoTime());
            if (!rollout.isOpen() || !left.isPositive()) {
                wait.await(Duration.ZERO);
                return rollout;
            }
            wait.await(left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN);
        }
    }

    private static RolloutRow read(Models.Transactions reads, String id) {
        return reads.run(scope -> scope.tx().get(RolloutRow.class, id).orElseThrow());
    }
}
