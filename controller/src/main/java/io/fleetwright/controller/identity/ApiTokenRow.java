package io.fleetwright.controller.identity;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** An API token; {@code id} is the SHA-256 of its text. */
@Entity
@Table(name = "api_token")
public class ApiTokenRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String name = "";
    /** admin, approver, operator or viewer. */
    public String role = "";
    /** Comma-separated; empty for all that the role may do. */
    public String scopes = "";

    public String createdBy = "";

    public long createdAt;
    public long expiresAt;

    @Override
    public Object key() {
        return id;
    }
}
