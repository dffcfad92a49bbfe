package io.fleetwright.controller.audit;

import io.fleetwright.controller.store.FleetStore.Tx;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Broken rules on their way to the audit log: the first of each node and kind at once, its repeats as one entry with their number
 * when an hour has passed. A node that misbehaves at any rate fills neither the log nor the memory.
 */
public final class Breaches {
    /** How long one entry stands for its repeats. */
    public static final Duration WINDOW = Duration.ofHours(1);

    /** Nodes and kinds that are told apart; what is beyond them is one entry for each tenant. */
    public static final int KEYS_MAX = 1000;

    private static final String OTHERS = "others";

    private final Map<Key, Seen> seen = new LinkedHashMap<>();

    private record Key(String tenant, String node, Breach.@Nullable Kind kind) {}

    private static final class Seen {
        /** When the next entry may be written. */
        private long nextMillis = Long.MIN_VALUE;
        /** Since the last entry. */
        private long waiting;
        /** Of those, in a transaction that is not committed yet. */
        private long writing;

        private String what = "";
    }

    /** Counts one; never waits. */
    public synchronized void note(Breach breach) {
        Key key = new Key(breach.tenant(), breach.node(), breach.kind());
        Seen one = seen.get(key);
        if (one == null) {
            Key own = seen.size() < KEYS_MAX ? key : new Key(breach.tenant(), OTHERS, null);
            one = seen.computeIfAbsent(own, _ -> new Seen());
        }
        one.what = one.waiting == 0 ? breach.what() : one.what;
        one.waiting++;
    }

    /** Writes what is due; it counts as written once {@link #written} is called. */
    public synchronized void write(Tx tx, long nowMillis) {
        seen.values().removeIf(one -> one.waiting == 0 && nowMillis >= one.nextMillis);
        seen.forEach((key, one) -> {
            one.writing = nowMillis >= one.nextMillis ? one.waiting : 0;
            if (one.writing > 0) {
                AuditLog.append(
                        tx,
                        key.tenant,
                        "node:" + key.node,
                        "rule.broken",
                        one.writing == 1 ? one.what : "%s (%d times)".formatted(one.what, one.writing),
                        nowMillis);
            }
        });
    }

    /** The transaction of {@link #write} was committed. */
    public synchronized void written(long nowMillis) {
        for (Seen one : seen.values()) {
            if (one.writing > 0) {
                one.waiting -= one.writing;
                one.writing = 0;
                one.nextMillis = nowMillis + WINDOW.toMillis();
            }
        }
    }
}
