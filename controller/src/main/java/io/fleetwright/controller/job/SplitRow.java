package io.fleetwright.controller.job;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt at a job is shared by several devices; each has a {@link SplitPartRow}. {@code id} is the job's; the next shared
 * attempt replaces it.
 */
@Entity
@Table(name = "split")
public class SplitRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public long epoch;
    /** Operators of the network. */
    public int operators;

    public long plannedMicros;
    /** Of that, on the way. */
    public long linkMicros;
    /** What the first device alone would have taken. */
    public long localMicros;

    public long sentAt;
    /** The attempt counts as lost after this. */
    public long answerBy;
    /** {@code node/device} of the part for which the attempt was given up. */
    public @Nullable String lost;

    public byte @Nullable [] output;
    /** From sending the orders to the answer, by the controller's clock. */
    public @Nullable Long observedMicros;
    /** What the first device says of its input, as in {@link JobRow}. */
    public @Nullable Long frameNumber;

    public @Nullable String frameSha256;
    public @Nullable Long takenAtMicros;
    /** When the last device had the output, on its clock. */
    public @Nullable Long doneAtMicros;

    /** What transforms took on the first device, and on the last one. */
    public @Nullable Long beforeMicros;

    public @Nullable Long afterMicros;

    @Override
    public Object key() {
        return id;
    }
}
