package io.fleetwright.controller.stream;

import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.time.Duration;

/** Keeps what streams leave behind within bounds. */
public final class StreamRetention {
    /** For so long windows are kept. */
    public static final Duration WINDOWS = Duration.ofHours(6);

    private static final Duration ENDED = Duration.ofDays(7);
    private static final int STREAMS_PER_RUN = 1000;

    private StreamRetention() {}

    /** Deletes windows, ended streams, and what boards were like, that are older than their time. */
    public static void run(Tx tx, long nowMillis) {
        tx.deleteAll(Query.of(StreamWindowRow.class).less("receivedAt", nowMillis - WINDOWS.toMillis()));
        long ended = nowMillis - ENDED.toMillis();
        tx.deleteAll(Query.of(StreamPaceRow.class).less("updatedAt", ended));
        tx.deleteAll(Query.of(NodeStrainRow.class).less("celsiusAt", ended).less("percentAt", ended));
        for (LiveStreamRow row :
                tx.find(Query.of(LiveStreamRow.class).less("endedAt", ended).limit(STREAMS_PER_RUN))) {
            tx.deleteAll(Query.of(StreamPlanRow.class).equal("streamId", row.id));
            tx.delete(row);
        }
    }
}
