package io.fleetwright.scheduler.gantt;

/** There is more to show than one chart holds; the message names the bound. */
public final class ChartLimitException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public ChartLimitException(String message) {
        super(message);
    }
}
