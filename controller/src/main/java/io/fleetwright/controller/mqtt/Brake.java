package io.fleetwright.controller.mqtt;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Keeps what a broker holds in memory bounded. From {@code slow} bytes on, each node's connection is read one message at
 * a time, one for each {@link #release}; from {@code full} on, a node that publishes is let go. Connections that have
 * been stopped are read again in any case, since what empties the broker, acknowledgements, comes over them too.
 */
final class Brake {
    /**
     * What a broker may hold.
     *
     * @param slow bytes of messages from which publishers are slowed down
     * @param full bytes of messages from which publishers are disconnected
     * @param perQueue messages that wait for one subscriber; the oldest are dropped beyond
     */
    record Limits(long slow, long full, long perQueue) {
        /** Two of the largest tensors for one board; together a quarter of the smallest heap of a controller. */
        static final Limits DEFAULT = new Limits(64L << 20, 128L << 20, 512);

        Limits {
            if (slow < 1 || full < slow || perQueue < 1) {
                throw new IllegalArgumentException(
                        "limits of a broker: slow %d, full %d, per queue %d".formatted(slow, full, perQueue));
            }
        }
    }

    /** A connection, as far as this looks at it. */
    interface Source {
        /** Whether to take in what the other end sends. */
        void read(boolean on);
    }

    /** What to do with a message that a node publishes. */
    enum Verdict {
        TAKEN,
        /** Taken, and the next one only after the next release. */
        SLOWED,
        REFUSED
    }

    private final Limits limits;
    private final LongSupplier held;
    private final Set<Source> stopped = ConcurrentHashMap.newKeySet();

    /** @param held bytes that the broker holds now */
    Brake(Limits limits, LongSupplier held) {
        this.limits = limits;
        this.held = held;
    }

    /** A node publishes a message over a connection. */
    Verdict published(Source connection) {
        long bytes = held.getAsLong();
        if (bytes < limits.slow()) {
            return Verdict.TAKEN;
        }
        if (bytes >= limits.full()) {
            return Verdict.REFUSED;
        }
        connection.read(false);
        stopped.add(connection);
        return Verdict.SLOWED;
    }

    /** Every connection that was stopped is read again, until it publishes the next message. */
    void release() {
        for (Source connection : List.copyOf(stopped)) {
            // Removed first: whoever is stopped again meanwhile is in the set for the next time.
            stopped.remove(connection);
            connection.read(true);
        }
    }
}
