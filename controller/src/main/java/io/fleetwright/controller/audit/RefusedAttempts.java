package io.fleetwright.controller.audit;

import io.fleetwright.controller.store.FleetStore.Tx;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was refused, on its way to the audit log. Equal attempts become one entry with their number, so that whoever is refused
 * cannot fill the log: at most twenty entries of a tenant and one for the rest every ten seconds.
 */
public final class RefusedAttempts {
    private static final long ROUND_MILLIS = 10_000;
    private static final int KINDS_MAX = 20;
    private static final int TENANTS_MAX = 1000;
    private static final int CHARS_MAX = 300;

    private final Map<String, Map<Attempt, Integer>> waiting = new LinkedHashMap<>();
    /** Of those, in a transaction that is not committed yet. */
    private final Map<String, Map<Attempt, Integer>> writing = new LinkedHashMap<>();

    private long writtenAtMillis = Long.MIN_VALUE / 2;

    private record Attempt(String who, String what) {}

    private static final Attempt REST = new Attempt("others", "more kinds of attempts");

    /** Notes one; never waits. */
    public synchronized void note(String tenant, String who, String what) {
        if (!waiting.containsKey(tenant) && waiting.size() >= TENANTS_MAX) {
            return;
        }
        Map<Attempt, Integer> attempts = waiting.computeIfAbsent(tenant, _ -> new LinkedHashMap<>());
        Attempt attempt = new Attempt(cut(who), cut(what));
        attempts.merge(attempts.containsKey(attempt) || attempts.size() < KINDS_MAX ? attempt : REST, 1, Integer::sum);
    }

    /** Writes what waits, at most once in ten seconds; it counts as written once {@link #written} is called. */
    public void write(Tx tx, long nowMillis) {
        for (Map.Entry<String, Map<Attempt, Integer>> tenant : take(nowMillis).entrySet()) {
            tenant.getValue()
                    .forEach((attempt, times) -> AuditLog.append(
                            tx,
                            tenant.getKey(),
                            attempt.who,
                            "refused",
                            times == 1 ? attempt.what : "%s (%d times)".formatted(attempt.what, times),
                            nowMillis));
        }
    }

    private synchronized Map<String, Map<Attempt, Integer>> take(long nowMillis) {
        writing.clear();
        if (nowMillis - writtenAtMillis >= ROUND_MILLIS) {
            waiting.forEach((tenant, attempts) -> writing.put(tenant, new LinkedHashMap<>(attempts)));
        }
        return new LinkedHashMap<>(writing);
    }

    /** The transaction of {@link #write} was committed. */
    public synchronized void written(long nowMillis) {
        if (writing.isEmpty()) {
            return;
        }
        writing.forEach((tenant, attempts) -> waiting.computeIfPresent(tenant, (_, left) -> {
            attempts.forEach((attempt, times) ->
                    left.computeIfPresent(attempt, (_, all) -> all > times ? Integer.valueOf(all - times) : null));
            return left.isEmpty() ? null : left;
        }));
        writing.clear();
        writtenAtMillis = nowMillis;
    }

    private static String cut(String text) {
        return text.length() <= CHARS_MAX ? text : text.substring(0, CHARS_MAX);
    }
}
