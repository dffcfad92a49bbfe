package io.fleetwright.controller.rollout;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One device of a rollout; {@code id} is {@code rollout/node/device}. */
@Entity
@Table(name = "rollout_target")
public class TargetRow implements Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String rolloutId = "";
    public String nodeId = "";
    public String deviceId = "";
    public String node = "";
    public String device = "";
    public int wave;
    public @Nullable String variant;
    public @Nullable String digest;
    public long bytes;
    /** pending, running, succeeded, failed or skipped. */
    public String state = "";

    public @Nullable String reason;
    public long startedAt;
    public @Nullable Long finishedAt;

    @Override
    public Object key() {
        return id;
    }
}
