package io.fleetwright.scheduler.graph;

/** The described graph is not one that can be scheduled; the message names the value and what was allowed. */
public final class InvalidGraphException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidGraphException(String message) {
        super(message);
    }
}
