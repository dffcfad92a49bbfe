package io.fleetwright.agent.core;

import io.fleetwright.telemetry.wire.Stamp;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The latest attempts that ended, so that the same order coming again is answered, not run. Bounded. */
final class Finished {
    private static final int ENTRIES_MAX = 1000;
    private static final int BYTES_MAX = 256 * 1024;

    private final Map<Key, Result> results = new LinkedHashMap<>();
    private int bytes;

    record Key(String task, long epoch) {}

    /**
     * How an attempt ended.
     *
     * @param stamp place in the result stream, absent when nothing was to be said (cancelled)
     * @param payload the message, absent when it was too old to keep
     */
    record Result(@Nullable Stamp stamp, byte @Nullable [] payload) {}

    void add(Key key, @Nullable Stamp stamp, byte @Nullable [] payload) {
        Result before = results.put(key, new Result(stamp, payload));
        bytes += size(payload) - (before == null ? 0 : size(before.payload));
        Iterator<Map.Entry<Key, Result>> oldest = results.entrySet().iterator();
        while (results.size() > ENTRIES_MAX && oldest.hasNext()) {
            bytes -= size(oldest.next().getValue().payload);
            oldest.remove();
        }
        oldest = results.entrySet().iterator();
        while (bytes > BYTES_MAX && oldest.hasNext()) {
            Map.Entry<Key, Result> entry = oldest.next();
            bytes -= size(entry.getValue().payload);
            entry.setValue(new Result(entry.getValue().stamp, null));
        }
    }

    Optional<Result> find(Key key) {
        return Optional.ofNullable(results.get(key));
    }

    private static int size(byte @Nullable [] payload) {
        return payload == null ? 0 : payload.length;
    }
}
