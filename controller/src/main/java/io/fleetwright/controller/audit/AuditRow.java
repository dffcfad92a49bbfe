package io.fleetwright.controller.audit;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One change of state. */
@Entity
@Table(name = "audit")
public class AuditRow extends Row {
    @Id
    @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "audit_ids")
    @SequenceGenerator(name = "audit_ids", sequenceName = "audit_ids", allocationSize = 200)
    public long id;

    public String tenant = "";
    public long atMillis;
    public String who = "";
    public String action = "";
    public String what = "";
    /** Place in the tenant's chain, from 1; absent in entries from before there was one. */
    public @Nullable Long place;

    public @Nullable String hash;

    @Override
    public Object key() {
        return id;
    }
}
