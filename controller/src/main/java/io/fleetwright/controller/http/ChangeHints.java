package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Effects;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Carries the core's hints to those who wait for a job and, over the event bus and joined to at most five a second per
 * kind, to event streams.
 */
@ApplicationScoped
public class ChangeHints {
    /** Event bus address of joined hints. */
    public static final String ADDRESS = "fleetwright.change";

    private static final long JOIN_MILLIS = 200;
    /** Different things of one tenant and kind named in one round; beyond that only the kind is named. */
    private static final int NAMED_MAX = 20;

    private final Vertx vertx;
    private final Map<String, CountDownLatch> jobWaits = new ConcurrentHashMap<>();
    private final Map<Effects.Hint, Boolean> pending = new LinkedHashMap<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    ChangeHints(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Called by the core after each commit, under its lock: short, and never blocking. */
    public void changed(Effects.Hint hint) {
        if (hint.kind().equals("job")) {
            CountDownLatch waiting = jobWaits.remove(hint.id());
            if (waiting != null) {
                waiting.countDown();
            }
        }
        synchronized (pending) {
            pending.put(hint, true);
        }
        if (scheduled.compareAndSet(false, true)) {
            vertx.setTimer(JOIN_MILLIS, _ -> flush());
        }
    }

    /**
     * Takes a place in the line of those who hear of a job; to be taken before the job's row is read.
     *
     * @return waits until something happened to the job, or the limit has passed
     */
    public JobWait watch(String job) {
        CountDownLatch latch = jobWaits.computeIfAbsent(job, _ -> new CountDownLatch(1));
        return limit -> {
            try {
                var _ = latch.await(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
            } finally {
                jobWaits.remove(job, latch);
            }
        };
    }

    /** One wait for news of a job. */
    @FunctionalInterface
    public interface JobWait {
        void await(Duration limit) throws InterruptedException;
    }

    private void flush() {
        scheduled.set(false);
        List<Effects.Hint> hints;
        synchronized (pending) {
            hints = List.copyOf(pending.keySet());
            pending.clear();
        }
        Map<String, Integer> named = new LinkedHashMap<>();
        for (Effects.Hint hint : hints) {
            int before = named.merge(hint.tenant() + " " + hint.kind(), 1, Integer::sum);
            if (before <= NAMED_MAX) {
                vertx.eventBus()
                        .publish(
                                ADDRESS,
                                new JsonObject()
                                        .put("tenant", hint.tenant())
                                        .put("kind", hint.kind())
                                        .put("id", before < NAMED_MAX ? hint.id() : "*"));
            }
        }
    }
}
