package io.fleetwright.controller.targeting;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A query with a name; {@code id} is {@code tenant/name}. */
@Entity
@Table(name = "device_group")
public class GroupRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String name = "";
    /** RSQL over devices. */
    public String query = "";

    public String madeBy = "";
    public long changedAt;

    @Override
    public Object key() {
        return id;
    }
}
