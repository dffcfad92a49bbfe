package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** Bytes by digest; the content stands in its chunks. */
@Entity
@Table(name = "artifact")
public class ArtifactRow implements Row {
    @Id
    public String id = "";

    public long bytes;
    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
