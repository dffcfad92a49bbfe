package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** An input that a tenant has put here to be named by its digest; {@code id} is {@code tenant/digest}. */
@Entity
@Table(name = "upload")
public class UploadRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String digest = "";
    public long bytes;
    /** When it was last put. */
    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
