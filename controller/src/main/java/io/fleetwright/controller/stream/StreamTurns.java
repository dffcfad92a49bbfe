package io.fleetwright.controller.stream;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Streams that are looked at one after the other in one transaction: the higher priorities first, and of one priority the oldest. A plan
 * may have streams of lower priorities planned anew, which come after it, and no others: so each is looked at once, and there is an end.
 */
final class StreamTurns {
    private record Key(int priority, String id) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparingInt(Key::priority).reversed().thenComparing(Key::id);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * A stream whose turn it is.
     *
     * @param cause of a plan, should there be a new one
     * @param isForced whether it is planned although what its plan stands on is as it was
     */
    record Due(LiveStreamRow row, String cause, boolean isForced) {}

    private final TreeMap<Key, Due> waiting = new TreeMap<>();
    private @Nullable Key last;

    /** Has a stream looked at. */
    void add(LiveStreamRow row, String cause) {
        waiting.putIfAbsent(new Key(row.priority, row.id), new Due(row, cause, false));
    }

    /**
     * Has a stream planned anew.
     *
     * @throws IllegalStateException when the turn of its priority is over
     */
    void force(LiveStreamRow row, String cause) {
        Key key = new Key(row.priority, row.id);
        if (last != null && row.priority >= last.priority) {
            throw new IllegalStateException("stream %s of priority %d cannot yield to one of priority %d"
                    .formatted(row.id, row.priority, last.priority));
        }
        Due known = waiting.get(key);
        waiting.put(key, new Due(known == null ? row : known.row, cause, true));
    }

    /** The next one; absent when there is none. */
    @Nullable
    Due poll() {
        Map.Entry<Key, Due> next = waiting.pollFirstEntry();
        if (next == null) {
            return null;
        }
        last = next.getKey();
        return next.getValue();
    }
}
