package io.fleetwright.controller.stream;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** How a stream ran for a while: what was planned, why, and what was seen. */
@Entity
@Table(name = "stream_plan")
public class StreamPlanRow extends Row {
    /** Of {@link #why}. */
    static final int WHY_CHARS_MAX = 16_000;

    @Id
    public String id = "";

    public String tenant = "";
    public String streamId = "";
    public long epoch;
    /** What made it necessary. */
    public String cause = "";

    public long createdAt;
    public String digest = "";
    /** Who runs the rest, absent when the source runs all. */
    public @Nullable String peerNodeId;

    public @Nullable String peerDevice;
    /** First operator of the rest, 0 when the source runs all. */
    public int boundary;

    public int bits;
    /** Of one frame, from being due to its answer. */
    public long plannedMicros;

    public long p90Micros;
    public long frontMicros;
    /** What transforms of the frame and of the answer take on the source, 0 without any. */
    public long beforeMicros;

    public long afterMicros;
    /** There and back. */
    public long linkMicros;

    /** Of the network's time on the source, what its front has; 0 in plans of before it was kept. */
    public double frontShare;

    /** Of the network's time on the helper, what the rest has; absent without one and in plans of before it was kept. */
    public @Nullable Double backShare;

    public long backMicros;
    /** What the source needs for the rest, and for all. */
    public long localBackMicros;

    public long localMicros;
    /** The longest stage. */
    public long stageMicros;

    /** Computing. */
    public @Nullable Double plannedMicrojoules;
    /** Sending and receiving, absent when unknown. */
    public @Nullable Double plannedLinkMicrojoules;
    /** Whether the objective is kept by it. */
    public boolean keeps;
    /** JSON. */
    public String why = "";
    /** From the event to the orders handed over, microseconds; absent when that was not seen. */
    public @Nullable Long handedOverMicros;

    public long met;
    public long missed;
    public long skipped;
    public long helped;
    public long fallbacks;
    /** Latencies of answered frames, measured and modelled ones apart, as a histogram's text. */
    public String measured = "";

    public String modelled = "";

    /** Id of a plan. */
    public static String id(String streamId, long epoch) {
        return "%s#%09d".formatted(streamId, epoch);
    }

    @Override
    public Object key() {
        return id;
    }
}
