package io.fleetwright.controller.node;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One compute unit; {@code id} is {@code tenant/node/device}. */
@Entity
@Table(name = "device")
public class DeviceRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String nodeId = "";
    public String node = "";
    public String device = "";
    public String deviceClass = "";
    public String driver = "";
    public @Nullable String profile;
    public boolean modelled;
    public @Nullable Long memoryBytes;

    /** Driver of a device whose program runs whole networks only. */
    private static final String WHOLE_ONLY = "program-whole";

    /** Whether it runs some of a network's operators without the others. */
    public boolean runsStretches() {
        return !driver.equals(WHOLE_ONLY);
    }

    @Override
    public Object key() {
        return id;
    }
}
