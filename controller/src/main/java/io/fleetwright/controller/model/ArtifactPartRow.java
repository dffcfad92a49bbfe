package io.fleetwright.controller.model;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** Where in an artifact a chunk stands; {@code id} is {@code digest#place}. */
@Entity
@Table(name = "artifact_part")
public class ArtifactPartRow extends Row {
    @Id
    public String id = "";

    /** Digest of the artifact. */
    public String artifact = "";

    public int place;
    public long beginsAt;
    /** Exclusive. */
    public long endsAt;
    /** Id of the chunk. */
    public String chunk = "";

    @Override
    public Object key() {
        return id;
    }
}
