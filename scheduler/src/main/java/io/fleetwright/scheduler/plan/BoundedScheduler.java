package io.fleetwright.scheduler.plan;

/** A scheduler that also learns how good the best schedule can be. */
public interface BoundedScheduler extends StaticScheduler {
    /** A complete, valid schedule with a bound; see {@link StaticScheduler#schedule}. */
    Solution solve(Problem problem) throws UnschedulableException;

    @Override
    default Schedule schedule(Problem problem) throws UnschedulableException {
        return solve(problem).schedule();
    }
}
