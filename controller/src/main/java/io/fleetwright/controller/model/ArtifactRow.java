package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** Bytes by digest; the content stands in the chunks that its parts name. */
@Entity
@Table(name = "artifact")
public class ArtifactRow extends Row {
    @Id
    public String id = "";

    public long bytes;
    /** Bytes of the chunks that no other artifact had when it was put. */
    public long storedBytes;
    /** When it was last put. */
    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
