package io.fleetwright.scheduler.plan;

/** Whether a task may run more than once, so that each copy can feed the successors near it. */
public enum Copies {
    FORBIDDEN,
    ALLOWED
}
