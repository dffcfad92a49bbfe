package io.fleetwright.controller.audit;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** End of a tenant's audit chain; {@code id} is the tenant. */
@Entity
@Table(name = "audit_head")
public class AuditHeadRow extends Row {
    @Id
    public String id = "";

    /** Entries so far. */
    public long place;

    /** Hash of the last one. */
    public String hash = "";

    @Override
    public Object key() {
        return id;
    }
}
