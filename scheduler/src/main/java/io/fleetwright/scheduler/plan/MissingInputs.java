package io.fleetwright.scheduler.plan;

/** What a partial schedule makes of a task whose predecessors are not all placed. */
public enum MissingInputs {
    /** Placing it is a bug. */
    REFUSED,
    /** Their data counts as being there: an estimate of what may come next. */
    IGNORED
}
