package io.fleetwright.scheduler.sim;

/** Platform, applications and arrivals do not fit together; the message names what does not. */
public final class InvalidWorkloadException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidWorkloadException(String message) {
        super(message);
    }
}
