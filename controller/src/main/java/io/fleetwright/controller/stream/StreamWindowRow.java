package io.fleetwright.controller.stream;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** What became of a stream's frames in a window of time, as its source told. */
@Entity
@Table(name = "stream_window")
public class StreamWindowRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String streamId = "";
    /** Frames are numbered in each boot of the source. */
    public String boot = "";

    public long sequence;
    public long epoch;
    public long fromFrame;
    public long toFrame;
    public long met;
    public long missed;
    public long skipped;
    public long emptyFrames;
    public long helped;
    public long fallbacks;
    public boolean modelled;
    public String latency = "";
    /** What transforms of frames and of answers took, as histograms' texts; empty without any. */
    public String beforeLatency = "";

    public String afterLatency = "";
    public long latencyMaxMicros;
    public long energyCount;
    public double microjoules;
    public String energyMethod = "";
    public @Nullable Double energyUncertainty;
    /** Frames of which is known what radios took, and what that was. */
    public long linkCount;

    public double linkMicrojoules;
    public long receivedAt;
    public long atMillis;
    public long windowMillis;
    public @Nullable String event;
    public @Nullable String reason;
    /** JSON array of the newest answered frames. */
    public byte @Nullable [] outcomes;

    @Override
    public Object key() {
        return id;
    }
}
