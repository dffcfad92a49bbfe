package io.fleetwright.scheduler.plan;

/**
 * A schedule with what is known about how much better one can be.
 *
 * @param lowerBound no schedule that runs each task once has a lower makespan; at least 0
 */
public record Solution(Schedule schedule, double lowerBound) {
    /** Rounding allowed between a makespan and an equal bound, relative. */
    private static final double TOLERANCE = 1e-9;

    public Solution {
        if (!(lowerBound >= 0 && lowerBound < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("lowerBound (%s) must be finite and at least 0".formatted(lowerBound));
        }
    }

    /** Whether no better schedule exists. */
    public boolean proven() {
        return schedule.makespan() <= lowerBound + TOLERANCE * Math.max(1, lowerBound);
    }

    /** How much longer than the bound it may be, relative; 0 when proven, infinite when the bound is 0. */
    public double gap() {
        return proven() ? 0 : schedule.makespan() / lowerBound - 1;
    }
}
