package io.fleetwright.controller.stream;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** Temperature and battery of a node, as far as plans of streams follow them; {@code id} is the node's. */
@Entity
@Table(name = "node_strain")
public class NodeStrainRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public @Nullable Double celsius;
    public long celsiusAt;
    public boolean hot;
    /** Of a full battery. */
    public @Nullable Double percent;

    public long percentAt;
    public boolean low;

    @Override
    public Object key() {
        return id;
    }
}
