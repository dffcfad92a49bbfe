package io.fleetwright.controller.job;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One inference request; its task has the job's id. */
@Entity
@Table(name = "job")
public class JobRow implements Row, Cloneable {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public @Nullable String version;
    /** queued, running, succeeded, failed, expired or cancelled. */
    public String state = "";

    public @Nullable String reason;
    public long createdAt;
    public @Nullable Long finishedAt;
    public long deadlineAt;
    /** node/device when the caller chose. */
    public @Nullable String pinnedDevice;

    /** node/device that has the input, so that all or the front of the network runs there. */
    public @Nullable String source;
    /** Sensor of the source's node whose next frame is the input. */
    public @Nullable String sensor;
    /** Fewest bits in which values may go to another device. */
    public int bitsMin = Byte.SIZE;
    /** A device that took over was lost once: the source runs it alone. */
    public boolean localOnly;
    /** The current attempt is shared, see {@link SplitRow}. */
    public boolean split;

    public byte @Nullable [] input;
    public @Nullable String inputDigest;
    public long inputBytes;
    /** Number of the current attempt, 0 before the first. */
    public long epoch;

    public @Nullable String nodeId;
    public @Nullable String device;
    public @Nullable String variant;
    public @Nullable String digest;
    public long sentAt;
    public byte @Nullable [] output;
    public @Nullable Long latencyMicros;
    public boolean modelled;
    public @Nullable Double energyMicrojoules;
    public String energyMethod = "";
    public @Nullable Double energyUncertainty;
    public @Nullable String why;
    /** Which frame of the sensor the output answers. */
    public @Nullable Long frameNumber;

    public @Nullable String frameSha256;
    /** When the first device had the input and the last one the output, Unix microseconds on their clocks. */
    public @Nullable Long takenAtMicros;

    public @Nullable Long doneAtMicros;

    /** Job of several tasks that this is one of. */
    public @Nullable String graphId;
    /** The only version that may run. */
    public @Nullable String wantedVersion;

    /** The only variant that may run. */
    public @Nullable String wantedVariant;
    /** Stretch of the network, first operator and the one after the last; 0 and 0 for all of it. */
    public int segmentFrom;

    public int segmentTo;
    /** Part of the network's work, 1 for all of it. */
    public double workShare = 1;
    /** It has ended, and the job of several tasks has not looked yet. */
    public boolean graphDue;

    public @Nullable Double accuracyFloor;
    /** The controller asked for it itself, to learn what a device takes. */
    public boolean probe;
    /** Who had which attempt, see {@link Places}. */
    public String places = "";
    /** Node that is told of the end. */
    public @Nullable String notifyNode;
    /** Place among what is queued, lower first. */
    public long turnMicros;

    /** Another row with the same values; arrays, which nobody changes, are the same. */
    JobRow copy() {
        try {
            return (JobRow) clone();
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public Object key() {
        return id;
    }
}
