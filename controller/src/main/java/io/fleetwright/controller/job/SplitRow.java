package io.fleetwright.controller.job;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt at a job is shared by two devices: the front, which has the input, is the job's own; the back takes over and
 * answers. {@code id} is the job's; the next attempt replaces it.
 */
@Entity
@Table(name = "split")
public class SplitRow implements Row {
    @Id
    public String id = "";

    public String tenant = "";
    public long epoch;
    /** Node and device of the back. */
    public String nodeId = "";

    public String device = "";
    /** First operator of the back. */
    public int boundary;
    /** Operators of the network. */
    public int operators;
    /** Of each value that crosses. */
    public int bits;
    /** Bytes that cross, before they are packed. */
    public long tensorBytes;
    /** Bytes on the way, packed and with what goes with them. */
    public long linkBytes;

    public long plannedMicros;
    /** Of that, on the way. */
    public long linkMicros;
    /** What the front alone would have taken. */
    public long localMicros;

    public long sentAt;
    /** The attempt counts as lost after this. */
    public long answerBy;

    public @Nullable Long frontMicros;
    public @Nullable Double frontMicrojoules;
    public @Nullable String frontEnergyMethod;
    public @Nullable Double frontEnergyUncertainty;
    public @Nullable Long backMicros;
    public @Nullable Double backMicrojoules;
    public @Nullable String backEnergyMethod;
    public @Nullable Double backEnergyUncertainty;
    public byte @Nullable [] output;
    /** From sending both orders to the answer, by the controller's clock. */
    public @Nullable Long observedMicros;
    /** What the front says of its input, as in {@link JobRow}. */
    public @Nullable Long frameNumber;

    public @Nullable String frameSha256;
    public @Nullable Long takenAtMicros;
    /** When the back had the output, on its clock. */
    public @Nullable Long doneAtMicros;

    @Override
    public Object key() {
        return id;
    }
}
