package io.fleetwright.scheduler.improve;

import java.util.function.BooleanSupplier;

/**
 * How long to look for something better.
 *
 * @param steps schedules to look at, at most
 * @param stop asked now and then; true ends the search before the steps are used up. With one that depends on time the
 *     result does too.
 */
public record Budget(long steps, BooleanSupplier stop) {
    public static final long STEPS_MAX = 1_000_000_000_000L;

    public Budget {
        if (steps < 0 || steps > STEPS_MAX) {
            throw new IllegalArgumentException("steps (%d) must be 0 to %d".formatted(steps, STEPS_MAX));
        }
    }

    public static Budget ofSteps(long steps) {
        return new Budget(steps, () -> false);
    }
}
