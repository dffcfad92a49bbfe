package io.fleetwright.controller.telemetry;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** What an alias of one boot stands for; {@code id} is {@code tenant/node#boot#alias}. */
@Entity
@Table(name = "metric")
public class MetricRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String nodeId = "";
    public String boot = "";
    public int alias;
    public @Nullable String device;
    public String metric = "";
    public String unit = "";
    public boolean modelled;
    public @Nullable String method;
    public long bornAt;

    @Override
    public Object key() {
        return id;
    }
}
