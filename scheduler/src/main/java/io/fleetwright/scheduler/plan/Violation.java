package io.fleetwright.scheduler.plan;

/** One way in which a schedule does not answer its problem; {@code detail} has the figures. */
public record Violation(Kind kind, String detail) {
    public enum Kind {
        UNKNOWN_TASK,
        UNKNOWN_DEVICE,
        BAD_TIME,
        PLACED_TWICE,
        NOT_PLACED,
        CANNOT_RUN_THERE,
        WRONG_DURATION,
        BEFORE_DEVICE_READY,
        OVERLAP,
        BEFORE_INPUT,
        WRONG_MAKESPAN
    }
}
