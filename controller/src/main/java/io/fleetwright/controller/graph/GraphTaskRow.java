package io.fleetwright.controller.graph;

import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One task of a job; {@code id} is {@code job#task}. */
@Entity
@Table(name = "graph_task")
public class GraphTaskRow extends Row {
    static final String TRANSFORM = "transform";
    static final String FRAME = "frame";

    @Id
    public String id = "";

    public String tenant = "";
    public String graphId = "";
    public String task = "";
    /** In the order of the specification. */
    public int place;
    /** model, segment, transform, or frame: a sensor's, taken for all that read it. */
    public String kind = "";

    public @Nullable String model;
    public @Nullable String version;
    public @Nullable String variant;
    /** Stretch of a network, see {@link JobRow}. */
    public int segmentFrom;

    public int segmentTo;
    public double workShare = 1;
    /** Shapes of several tensors that come out one after the other, separated by semicolons; empty for one. */
    public String parts = "";
    /** node/device whose node has the sensor that it reads. */
    public @Nullable String source;

    public @Nullable String sensor;
    /** node/device when the caller chose. */
    public @Nullable String device;
    /** Name and parameters, as JSON. */
    public @Nullable String transform;
    /** {@code input:NAME} and {@code task:ID}, comma-separated. */
    public String inputs = "";
    /** Of what comes out. */
    public String type = "";

    public String shape = "";
    /** Longest path from this task's start to the job's end. */
    public long rankMicros;

    public long plannedStartMicros;
    public long plannedMicros;
    /** waiting, running, succeeded, failed, expired or cancelled. */
    public String state = "";

    public @Nullable String reason;
    /** Inference that runs the network, once it is asked for. */
    public @Nullable String jobId;

    public long createdAt;
    public @Nullable Long startedAt;
    public @Nullable Long finishedAt;

    @Override
    public Object key() {
        return id;
    }
}
