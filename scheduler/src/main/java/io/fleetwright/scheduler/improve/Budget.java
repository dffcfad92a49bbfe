package io.fleetwright.scheduler.improve;

import io.fleetwright.scheduler.plan.Problem;
import java.util.function.BooleanSupplier;

/**
 * How long to look for something better.
 *
 * @param steps schedules to look at, at most
 * @param workMax steps times tasks and edges, at most: what a large problem gets less steps for
 * @param stop asked now and then; true ends the search before the steps are used up. With one that depends on time the
 *     result does too.
 */
public record Budget(long steps, long workMax, BooleanSupplier stop) {
    public static final long STEPS_MAX = 1_000_000_000_000L;

    public Budget {
        if (steps < 0 || steps > STEPS_MAX) {
            throw new IllegalArgumentException("steps (%d) must be 0 to %d".formatted(steps, STEPS_MAX));
        }
        if (workMax < 0) {
            throw new IllegalArgumentException("workMax (%d) must be at least 0".formatted(workMax));
        }
    }

    public static Budget ofSteps(long steps) {
        return new Budget(steps, Long.MAX_VALUE, () -> false);
    }

    long stepsFor(Problem problem) {
        return Math.min(steps, workMax / (problem.taskCount() + problem.graph().edgeCount()));
    }
}
