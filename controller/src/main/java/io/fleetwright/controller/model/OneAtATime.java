package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Work that takes all cores for seconds, one after the other. */
final class OneAtATime {
    private static final long WAIT_SECONDS = 60;

    private final String what;
    private final Semaphore running = new Semaphore(1);

    /** @param what others do, such as {@code networks are being quantized} */
    OneAtATime(String what) {
        this.what = what;
    }

    /**
     * Runs {@code work} when its turn comes.
     *
     * @throws Refusal when it does not come within a minute
     */
    <T> T run(Supplier<T> work) {
        try {
            if (!running.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new Refusal(Refusal.Kind.TOO_MANY, "other %s; try again".formatted(what));
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the controller stops");
        }
        try {
            return work.get();
        } finally {
            running.release();
        }
    }
}
