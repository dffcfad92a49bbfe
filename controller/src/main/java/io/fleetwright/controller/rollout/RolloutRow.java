package io.fleetwright.controller.rollout;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A change of the desired variant for a set of devices. */
@Entity
@Table(name = "rollout")
public class RolloutRow implements Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public String version = "";
    /** JSON as accepted. */
    public String selector = "";
    /** running, succeeded, failed or aborted. */
    public String state = "";

    public @Nullable String reason;
    /** Cumulative percentages, comma-separated, the last one 100. */
    public String waves = "";
    /** Index of the wave in progress, from 0. */
    public int wave;

    public long createdAt;
    public @Nullable Long finishedAt;

    @Override
    public Object key() {
        return id;
    }
}
