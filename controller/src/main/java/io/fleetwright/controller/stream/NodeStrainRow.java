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

    /** It was too hot when it last told, a little while ago. */
    public boolean isHotAt(long nowMillis) {
        return hot && celsiusAt > nowMillis - Strain.FRESH.toMillis();
    }

    /** Its battery was too low when it last told, a little while ago. */
    public boolean isLowAt(long nowMillis) {
        return low && percentAt > nowMillis - Strain.FRESH.toMillis();
    }

    @Override
    public Object key() {
        return id;
    }
}
