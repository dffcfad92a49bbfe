package io.fleetwright.controller.release;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** An artifact that a line has released; {@code id} is {@code tenant/line/digest}. */
@Entity
@Table(name = "release_artifact")
public class ReleaseRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String line = "";
    public String digest = "";
    public String version = "";
    public String variant = "";
    public long bytes;
    /** Of weights and activations; 0 when not known. */
    public long memoryBytes;
    /** Digest of the self-test, absent when not known. */
    public @Nullable String golden;

    /** Digest of the chunk map, absent when it is not fetched chunk by chunk. */
    public @Nullable String chunks;

    /** Position of the version among the line's releases, from 1. */
    public long counter;

    @Override
    public Object key() {
        return id;
    }
}
