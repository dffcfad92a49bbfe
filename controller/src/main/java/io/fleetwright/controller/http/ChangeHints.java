package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Effects;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Carries the core's hints to those who wait for a job or a rollout and, over the event bus and joined to at most five a second per
 * kind, to event streams.
 */
@ApplicationScoped
public class ChangeHints {
    /** Event bus address of joined hints. */
    public static final String ADDRESS = "fleetwright.change";

    private static final long JOIN_MILLIS = 200;
    /** Different things of one tenant and kind named in one round; beyond that only the kind is named. */
    private static final int NAMED_MAX = 20;
    /** Hints that a reader may have missed and still be told. */
    private static final int KEPT = 1000;
    /** What can be waited for; ids of the two do not meet. */
    private static final Set<String> AWAITED = Set.of("job", "rollout");

    private final Vertx vertx;
    private final HintRing ring = new HintRing(HexFormat.of().toHexDigits(new SecureRandom().nextLong()), KEPT);
    private final Map<String, CountDownLatch> waits = new ConcurrentHashMap<>();
    private final Map<Effects.Hint, Boolean> pending = new LinkedHashMap<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    ChangeHints(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Called by the core after each commit, under its lock: short, and never blocking. */
    public void changed(Effects.Hint hint) {
        if (AWAITED.contains(hint.kind())) {
            CountDownLatch waiting = waits.remove(hint.id());
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
     * Takes a place in the line of those who hear of a job or a rollout; to be taken before its row is read.
     *
     * @return waits until something happened to it, or the limit has passed
     */
    public JobWait watch(String id) {
        CountDownLatch latch = waits.computeIfAbsent(id, _ -> new CountDownLatch(1));
        return limit -> {
            try {
                var _ = latch.await(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
            } finally {
                waits.remove(id, latch);
            }
        };
    }

    /** One wait for news of a job or a rollout. */
    @FunctionalInterface
    public interface JobWait {
        void await(Duration limit) throws InterruptedException;
    }

    /** What was published lately. */
    HintRing ring() {
        return ring;
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
                HintRing.Numbered numbered =
                        ring.add(new Effects.Hint(hint.tenant(), hint.kind(), before < NAMED_MAX ? hint.id() : "*"));
                vertx.eventBus()
                        .publish(
                                ADDRESS,
                                new JsonObject()
                                        .put("number", numbered.number())
                                        .put("tenant", numbered.hint().tenant())
                                        .put("kind", numbered.hint().kind())
                                        .put("id", numbered.hint().id()));
            }
        }
    }
}
