package io.fleetwright.controller.core;

import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Decides which dropped messages get a line in the log: the first of each node and kind in a window of time, with how
 * many of the same went without one since the last. Whoever sends nonsense at any rate, from any number of nodes, neither
 * fills the log nor the memory.
 *
 * <p>Used by one thread.
 */
public final class DropLog {
    /** How long one line stands for its repeats. */
    public static final Duration WINDOW = Duration.ofHours(1);

    /** Lines in one window, over all nodes. */
    public static final int LINES_MAX = 1000;

    private static final String UNKNOWN = "unknown";
    private static final int LEVELS = 6;

    private long windowEndsMillis = Long.MIN_VALUE;
    private Map<Key, Long> repeats = new HashMap<>();
    private Map<Key, Long> repeatsBefore = Map.of();
    private long beyond;

    /** Whose messages of which kind; made-up kinds and nodes that cannot exist count as one. */
    private record Key(String node, String kind) {
        static Key of(String topic) {
            String[] levels = topic.split("/", LEVELS + 1);
            if (levels.length < LEVELS || !NodeAddress.isId(levels[2]) || !NodeAddress.isId(levels[3])) {
                return new Key(UNKNOWN, UNKNOWN);
            }
            String node = levels[2] + "/" + levels[3];
            for (Topic.Kind kind : Topic.Kind.values()) {
                if (levels.length == LEVELS && kind.path().equals(levels[4] + "/" + levels[5])) {
                    return new Key(node, kind.path());
                }
            }
            return new Key(node, UNKNOWN);
        }
    }

    /**
     * Counts a dropped message.
     *
     * @return the line that shall be logged, absent when the message is a repeat
     */
    public Optional<String> dropped(String topic, int bytes, String reason, long nowMillis) {
        if (nowMillis >= windowEndsMillis) {
            windowEndsMillis = nowMillis + WINDOW.toMillis();
            repeatsBefore = repeats;
            repeats = new HashMap<>();
            beyond = 0;
        }
        Key key = Key.of(topic);
        Long known = repeats.get(key);
        if (known != null) {
            repeats.put(key, known + 1);
            return Optional.empty();
        }
        if (repeats.size() >= LINES_MAX) {
            beyond++;
            return beyond == 1
                    ? Optional.of(
                            "message.dropped_by_many nodes_and_kinds=%d further=counted_only".formatted(LINES_MAX))
                    : Optional.empty();
        }
        repeats.put(key, 0L);
        return Optional.of("message.dropped node=%s kind=%s bytes=%d repeats=%d reason=%s"
                .formatted(key.node, key.kind, bytes, repeatsBefore.getOrDefault(key, 0L), printable(reason)));
    }

    /** A reason may quote what the sender wrote: no line of the log begins or ends inside it. */
    private static String printable(String reason) {
        StringBuilder out = new StringBuilder(reason.length());
        reason.codePoints()
                .forEach(point -> out.appendCodePoint(
                        Character.isISOControl(point)
                                        || Character.getType(point) == Character.LINE_SEPARATOR
                                        || Character.getType(point) == Character.PARAGRAPH_SEPARATOR
                                ? '?'
                                : point));
        return out.toString();
    }
}
