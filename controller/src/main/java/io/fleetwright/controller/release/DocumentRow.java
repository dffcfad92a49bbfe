package io.fleetwright.controller.release;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A signed document as it is now; {@code id} is {@code tenant/timestamp}, {@code tenant/snapshot} or {@code tenant/targets/line}. */
@Entity
@Table(name = "release_document")
public class DocumentRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    /** {@code timestamp}, {@code snapshot} or {@code targets}. */
    public String kind = "";
    /** Of targets; empty otherwise. */
    public String line = "";

    public long version;
    /** The root under whose keys it was signed. */
    public long rootVersion;

    public long expiresAt;
    /** Of targets: the least release to which a slot may go back. */
    public long downgradeTo;

    public String digest = "";
    /** With its signatures. */
    public byte[] content = new byte[0];

    @Override
    public Object key() {
        return id;
    }
}
