package io.fleetwright.controller.node;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.telemetry.wire.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * When each node that is here was last heard, in memory: of a large fleet's messages nearly all are heartbeats that change nothing else, and
 * a transaction for each holds up what does. Every node that is stored as online has an entry; one is enough for all that a node has, so
 * there are never more than nodes. Entries follow the rows' transactions; where one was undone, the next heartbeat takes one again. Safe
 * for use by several threads.
 */
final class Heartbeats {
    private final Map<String, Last> entries = new ConcurrentHashMap<>();

    /**
     * @param boot the stored one; absent when the stored state is in doubt
     * @param atMillis of the last one, Unix milliseconds
     */
    private record Last(@Nullable String boot, long connection, long atMillis) {
        /** Nothing is new; where the clock went back, the row is to say so. */
        boolean isFollowedBy(Status status, long nowMillis) {
            return status.boot().equals(boot) && status.connection() == connection && nowMillis >= atMillis;
        }

        Last at(long nowMillis) {
            return new Last(boot, connection, nowMillis);
        }

        Last doubted() {
            return new Last(null, 0, atMillis);
        }
    }

    /** Takes a heartbeat that says nothing but that the node is still here; false for all that needs a transaction. */
    boolean take(String nodeId, Status status, long nowMillis) {
        if (status.state() != Status.State.ONLINE) {
            return false;
        }
        Last before = entries.get(nodeId);
        return before != null
                && before.isFollowedBy(status, nowMillis)
                && entries.replace(nodeId, before, before.at(nowMillis));
    }

    /** The node is here by its row, which was last seen at the time that the row says. */
    void here(Effects effects, NodeRow node) {
        entries.put(node.id, new Last(node.boot, node.connection, node.lastSeenAt));
        effects.whenUndone(() -> entries.computeIfPresent(node.id, (_, last) -> last.doubted()));
    }

    /** The node is no longer here by its row, or has no row. */
    void gone(Effects effects, NodeRow node) {
        Last before = entries.remove(node.id);
        if (before != null) {
            effects.whenUndone(() -> entries.putIfAbsent(node.id, before.doubted()));
        }
    }

    /** When the node was last heard, Unix milliseconds. */
    long lastSeenAt(NodeRow node) {
        Last last = entries.get(node.id);
        return last == null ? node.lastSeenAt : last.atMillis;
    }

    /** No node is known to be here. */
    void clear() {
        entries.clear();
    }
}
