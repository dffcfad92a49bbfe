package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A piece of an artifact; {@code id} is {@code digest#index}. */
@Entity
@Table(name = "artifact_chunk")
public class ArtifactChunkRow implements Row {
    @Id
    public String id = "";

    public String digest = "";
    public int chunk;
    public byte[] content = new byte[0];

    @Override
    public Object key() {
        return id;
    }
}
