package io.fleetwright.controller.core;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** How many controllers have begun on this database, in its one row; the last of them is the one that may write. */
@Entity
@Table(name = "controller_epoch")
public class EpochRow extends Row {
    static final String ONLY = "controller";

    @Id
    public String id = ONLY;

    public long epoch;

    @Override
    public Object key() {
        return id;
    }
}
