package io.fleetwright.controller.graph;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A job of several tasks. */
@Entity
@Table(name = "graph")
public class GraphRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String name = "";
    /** queued, running, succeeded, failed, expired or cancelled. */
    public String state = "";

    public @Nullable String reason;
    public long createdAt;
    public @Nullable Long finishedAt;
    public long deadlineAt;
    /** 0 to 9, the highest first. */
    public int priority;

    public @Nullable Double energyBudgetMicrojoules;
    /** Share of right answers that a variant must have been measured to give. */
    public @Nullable Double accuracyFloor;
    /** At each inference, until it has failed; absent for what every job has. */
    public @Nullable Integer attemptsMax;
    /** Names of tasks, comma-separated. */
    public String outputs = "";
    /** Node that is told of the end. */
    public @Nullable String notifyNode;
    /** When it is looked at next without that an inference ends; 0 for at once. */
    public long dueAt;
    /** Longest path by the costs known when it came. */
    public long plannedMicros;

    @Override
    public Object key() {
        return id;
    }
}
