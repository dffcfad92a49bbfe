package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.telemetry.wire.Limits;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Places for answers that carry a large output, each of which is in memory until its caller has read it. A place is free again when the
 * answer has gone out, when the connection has ended, or when the caller has taken too long.
 */
@ApplicationScoped
class LargeAnswers {
    static final int AT_A_TIME_MAX = 4;
    private static final Duration WAIT_MAX = Duration.ofSeconds(10);
    private static final long ANSWER_MILLIS_MAX = 60_000;

    private final Semaphore places = new Semaphore(AT_A_TIME_MAX, true);
    private final Vertx vertx;

    LargeAnswers(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Waits for a place, on a virtual thread; a small output needs none.
     *
     * @param bytes of the output
     * @throws Refusal when none becomes free in time, or the caller is gone
     */
    void enter(RoutingContext request, long bytes) throws InterruptedException {
        if (bytes <= Limits.INLINE_TENSOR_BYTES_MAX) {
            return;
        }
        if (!places.tryAcquire(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY, "%d large outputs are on their way to callers".formatted(AT_A_TIME_MAX));
        }
        AtomicBoolean left = new AtomicBoolean();
        Runnable leave = () -> {
            if (left.compareAndSet(false, true)) {
                places.release();
            }
        };
        long limit = vertx.setTimer(ANSWER_MILLIS_MAX, _ -> {
            leave.run();
            boolean _ = request.response().reset();
        });
        var _ = request.addEndHandler(_ -> {
            vertx.cancelTimer(limit);
            leave.run();
        });
        if (request.response().closed()) { // While it waited; nobody is told of that any more.
            vertx.cancelTimer(limit);
            leave.run();
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "the caller is gone");
        }
    }
}
