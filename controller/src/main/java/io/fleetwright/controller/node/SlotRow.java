package io.fleetwright.controller.node;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One slot of one device, desired and reported; {@code id} is {@code tenant/node/device/slot}. */
@Entity
@Table(name = "slot")
public class SlotRow implements Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String nodeId = "";
    public String deviceId = "";
    public String device = "";
    public String slot = "";
    public @Nullable String desiredModel;
    public @Nullable String desiredVersion;
    public @Nullable String desiredVariant;
    public @Nullable String desiredDigest;
    public long desiredBytes;
    /** Desired version of the node that first named the digest. */
    public long desiredSince;

    /** What was desired before, to go back to. */
    public @Nullable String previousDigest;

    public @Nullable String reportedDigest;
    public String reportedState = "";
    public @Nullable String reportedReason;
    /** Boot and place in its stream of reports that the report came with; a birth has place 0. */
    public @Nullable String reportedBoot;

    public long reportedSequence;
    /** Desired version of the node that the report answers. */
    public long reportedVersion;

    @Override
    public Object key() {
        return id;
    }
}
