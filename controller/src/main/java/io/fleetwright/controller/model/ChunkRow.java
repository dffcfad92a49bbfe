package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/**
 * A stretch of bytes that artifacts share; {@code id} is its digest, or {@code digest#index} of an artifact that was
 * stored before chunks were shared.
 */
@Entity
@Table(name = "artifact_chunk")
public class ChunkRow extends Row {
    @Id
    public String id = "";

    public byte[] content = new byte[0];

    @Override
    public Object key() {
        return id;
    }
}
