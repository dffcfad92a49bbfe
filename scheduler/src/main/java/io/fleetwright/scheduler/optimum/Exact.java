package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.List;

/**
 * The least makespan, proven, where a bounded search can: by branch and bound, and by the given solvers on problems with
 * more than {@link #OWN_TASKS_MAX} tasks. Otherwise the best found and a lower bound.
 */
public final class Exact implements BoundedScheduler {
    /** Up to here branch and bound is on its own. */
    public static final int OWN_TASKS_MAX = 12;

    private static final long STEPS_BESIDE_SOLVER = 100_000;

    private final StaticScheduler start;
    private final long steps;
    private final List<ProvingSolver> solvers;

    /**
     * @param start gives the schedule to beat
     * @param steps partial schedules that branch and bound looks at
     */
    public Exact(StaticScheduler start, long steps, List<ProvingSolver> solvers) {
        this.start = start;
        this.steps = steps;
        this.solvers = List.copyOf(solvers);
    }

    @Override
    public Solution solve(Problem problem) throws UnschedulableException {
        Schedule known = start.schedule(problem);
        boolean alone = solvers.isEmpty() || problem.taskCount() <= OWN_TASKS_MAX;
        Solution best = BranchAndBound.canTake(problem)
                ? BranchAndBound.solve(problem, known, alone ? steps : Math.min(steps, STEPS_BESIDE_SOLVER))
                : new Solution(known, LowerBounds.of(problem));
        if (alone) {
            return best;
        }
        for (ProvingSolver solver : solvers) {
            if (!best.proven()) {
                best = better(best, solver.solve(problem, best.schedule()));
            }
        }
        return best;
    }

    private static Solution better(Solution a, Solution b) {
        Schedule schedule = b.schedule().makespan() < a.schedule().makespan() ? b.schedule() : a.schedule();
        return new Solution(schedule, Math.max(a.lowerBound(), b.lowerBound()));
    }
}
