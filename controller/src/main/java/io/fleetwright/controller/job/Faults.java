package io.fleetwright.controller.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Devices whose attempts fail one after the other. Such a device is often the first to be done, as what fails takes no time, and would
 * have every job once. After {@link #FAILURES} in a row others go before it for a while, twice as long with each failure more. Kept
 * in memory: a controller that begins anew has seen no failures.
 */
public final class Faults {
    /** Failures in a row from which others go first. */
    static final int FAILURES = 3;

    static final long FIRST_MILLIS = 10_000;
    static final long LONGEST_MILLIS = 300_000;

    /** Devices and variants that are remembered; with more, those whose time is over are forgotten. */
    private static final int KEPT_MAX = 10_000;

    private final Map<String, Streak> streaks = new ConcurrentHashMap<>();

    /**
     * @param sinceMillis it has failed
     * @param untilMillis others go first
     */
    private record Streak(int failures, String reason, long sinceMillis, long untilMillis) {}

    /**
     * A device on which attempts at a variant fail.
     *
     * @param deviceId {@code tenant/node/device}
     * @param failures in a row, at least {@link #FAILURES}
     * @param reason of the last
     * @param sinceMillis when the first of them was, Unix milliseconds
     */
    public record Failing(String deviceId, String digest, int failures, String reason, long sinceMillis) {}

    /**
     * An attempt failed on a device, by its own fault.
     *
     * @return true when others go first from now on, and did not before
     */
    boolean failed(String deviceId, String digest, String reason, long nowMillis) {
        if (streaks.size() >= KEPT_MAX) {
            streaks.values().removeIf(streak -> streak.untilMillis <= nowMillis);
        }
        String key = CostRow.key(deviceId, digest);
        Streak before = streaks.get(key);
        int failures = before == null ? 1 : before.failures + 1;
        long alone = failures < FAILURES
                ? 0
                : Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(failures - FAILURES, Integer.SIZE - 1));
        long since = before == null ? nowMillis : before.sinceMillis;
        if (before != null || streaks.size() < KEPT_MAX) {
            streaks.put(key, new Streak(failures, reason, since, nowMillis + alone));
        }
        return failures == FAILURES;
    }

    /** Makes what is known of a device now known again: for a transaction that is not committed. */
    Runnable asItIs(String deviceId, String digest) {
        String key = CostRow.key(deviceId, digest);
        Streak now = streaks.get(key);
        return () -> {
            if (now == null) {
                streaks.remove(key);
            } else {
                streaks.put(key, now);
            }
        };
    }

    /** An attempt went well. */
    void succeeded(String deviceId, String digest) {
        streaks.remove(CostRow.key(deviceId, digest));
    }

    /** Why others go before a device; empty when they do not. */
    Optional<String> of(String deviceId, String digest, long nowMillis) {
        Streak streak = streaks.isEmpty() ? null : streaks.get(CostRow.key(deviceId, digest));
        return streak == null || streak.failures < FAILURES || streak.untilMillis <= nowMillis
                ? Optional.empty()
                : Optional.of("failed %d times in a row, at last with %s".formatted(streak.failures, streak.reason));
    }

    /**
     * Devices of a tenant whose attempts fail.
     *
     * @param tried within this time, and the time that others went first
     */
    List<Failing> failing(String tenant, Duration tried, long nowMillis) {
        List<Failing> failing = new ArrayList<>();
        streaks.forEach((key, streak) -> {
            if (key.startsWith(tenant + "/")
                    && streak.failures >= FAILURES
                    && streak.untilMillis > nowMillis - tried.toMillis()) {
                int end = key.lastIndexOf('#');
                failing.add(new Failing(
                        key.substring(0, end),
                        key.substring(end + 1),
                        streak.failures,
                        streak.reason,
                        streak.sinceMillis));
            }
        });
        return failing;
    }
}
