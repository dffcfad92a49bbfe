package io.fleetwright.scheduler.plan;

/** The algorithm found no complete schedule; the message says which task it could not place, and why. */
public final class UnschedulableException extends Exception {
    private static final long serialVersionUID = 1L;

    public UnschedulableException(String message) {
        super(message);
    }
}
