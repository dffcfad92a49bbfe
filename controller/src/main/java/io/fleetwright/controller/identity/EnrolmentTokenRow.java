package io.fleetwright.controller.identity;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A token that lets boards enrol; {@code id} is the SHA-256 of its text. */
@Entity
@Table(name = "enrolment_token")
public class EnrolmentTokenRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public int usesLeft;
    /** How many boards it was made for; 0 when it was made before this was noted. */
    public int uses;
    /** JSON object of the labels that its nodes get. */
    public String labels = "{}";

    public String createdBy = "";
    public long createdAt;
    public long expiresAt;

    @Override
    public Object key() {
        return id;
    }
}
