package io.fleetwright.controller.rollout;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One device of a rollout; {@code id} is {@code rollout/node/device}. */
@Entity
@Table(name = "rollout_target")
public class TargetRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String rolloutId = "";
    public String nodeId = "";
    public String deviceId = "";
    public String node = "";
    public String device = "";
    public String deviceClass = "";
    /** Value of the label that its policy has a budget for, as it was when the target was made; empty for none. */
    public String labelValue = "";

    public int wave;
    public @Nullable String variant;
    public @Nullable String digest;
    public long bytes;
    /** Label of its {@link TargetState}. */
    public String state = "";

    public @Nullable String reason;
    /** Why it failed, also after it was taken back. */
    public @Nullable String failure;
    /** When its device was told; 0 before. */
    public long startedAt;
    /** When the state that it is in ends it, of running and withdrawing ones. */
    public long deadlineAt;
    /** The device has answered to what it was told. */
    public boolean answered;
    /** Since when its own node holds it, and by which rule; 0 while it does not. */
    public long blockedSince;

    public @Nullable String blockedBy;
    /** What the slot was to run before, absent when that was nothing. */
    public @Nullable String previousVersion;

    public @Nullable String previousVariant;
    public @Nullable String previousDigest;
    public long previousBytes;
    public @Nullable Long finishedAt;

    @Override
    public Object key() {
        return id;
    }
}
