package io.fleetwright.controller.identity;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A key that a node has or had; {@code id} is the tenant and the SHA-256 of the public key. Revoked ones stay for good. */
@Entity
@Table(name = "node_key")
public class NodeKeyRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String nodeId = "";
    public long issuedAt;
    /** End of the last certificate for it. */
    public long expiresAt;

    public @Nullable Long revokedAt;

    @Override
    public Object key() {
        return id;
    }
}
