package io.fleetwright.controller.telemetry;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One measurement. */
@Entity
@Table(name = "sample")
public class SampleRow extends Row {
    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "sample_ids")
    @SequenceGenerator(name = "sample_ids", sequenceName = "sample_ids", allocationSize = 200)
    public long id;

    public String tenant = "";
    public String nodeId = "";
    /** Device on the node, empty for the node itself. */
    public String device = "";

    public String metric = "";
    public String unit = "";
    public long atMillis;
    public double amount;
    public @Nullable Double uncertainty;
    public boolean modelled;
    public @Nullable String method;

    @Override
    public Object key() {
        return id;
    }
}
