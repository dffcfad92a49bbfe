package io.fleetwright.controller.http;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** What a request with an idempotency key was answered. */
@Entity
@Table(name = "kept_answer")
public class KeptAnswerRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String bodyDigest = "";
    public int status;
    public String answer = "";
    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
