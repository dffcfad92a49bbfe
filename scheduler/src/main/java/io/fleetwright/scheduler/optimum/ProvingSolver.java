package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.Solution;

/**
 * A solver for problems that are too large for the search in this package. Found by {@link java.util.ServiceLoader} by
 * whoever wants one; nothing needs one.
 */
public interface ProvingSolver {
    /** What it is called in reports. */
    String name();

    /**
     * A schedule at least as good as {@code known} with the best lower bound it can prove.
     *
     * @param known a valid schedule in which each task runs once
     */
    Solution solve(Problem problem, Schedule known);
}
