package io.fleetwright.controller.node;

import io.fleetwright.controller.store.Row;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One slot of one device, desired and reported; {@code id} is {@code tenant/node/device/slot}. */
@Entity
@Table(name = "slot")
public class SlotRow extends Row {
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

    static String id(NodeRow node, String device, String slot) {
        return node.id + "/" + device + "/" + slot;
    }

    /** A slot of which nobody has wanted or said anything. */
    static SlotRow empty(NodeRow node, String device, String slot) {
        SlotRow row = new SlotRow();
        row.id = id(node, device, slot);
        row.tenant = node.tenant;
        row.nodeId = node.id;
        row.deviceId = node.id + "/" + device;
        row.device = device;
        row.slot = slot;
        row.reportedState = "empty";
        return row;
    }

    /** What it shall run, if anything. */
    Optional<DesiredSlot> desired() {
        String model = desiredModel;
        String version = desiredVersion;
        String variant = desiredVariant;
        String digest = desiredDigest;
        return model == null || version == null || variant == null || digest == null
                ? Optional.empty()
                : Optional.of(new DesiredSlot(device, slot, model, version, variant, new Digest(digest), desiredBytes));
    }

    @Override
    public Object key() {
        return id;
    }
}
