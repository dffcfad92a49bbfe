package io.fleetwright.controller.gate;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** The gates of one rollout; {@code id} is the rollout's. */
@Entity
@Table(name = "gate_policy")
public class GatePolicyRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String slot = "";
    /** JSON as accepted. */
    public String policy = "";
    /** False once the rollout was seen to have ended. */
    public boolean open;

    @Override
    public Object key() {
        return id;
    }
}
