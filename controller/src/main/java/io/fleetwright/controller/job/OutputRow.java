package io.fleetwright.controller.job;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A large output that a node has put here for an attempt at a job; {@code id} is the job's, and the next attempt's replaces it. */
@Entity
@Table(name = "job_output")
public class OutputRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    /** Number of the attempt. */
    public long epoch;
    /** Of the artifact that holds it. */
    public String digest = "";

    public long bytes;
    /** Nobody had put those bytes here before. */
    public boolean made;
    /** How many different ones the attempt has put. */
    public int puts;

    public long createdAt;

    @Override
    public Object key() {
        return id;
    }
}
