package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;

/**
 * Takes tasks in arrival order and appends each to the device a rule likes best: the immediate-mode heuristics.
 *
 * @see "Maheswaran et al., 1999, section 3"
 */
public final class ArrivalOrder implements StaticScheduler {
    /** What makes a device the right one for the next task; of equals, where it finishes first, then the lowest. */
    public enum Rule {
        /** Minimum completion time: where it finishes first. */
        EARLIEST_FINISH,
        /** Minimum execution time: where it runs shortest, however long the queue. */
        SHORTEST_EXECUTION,
        /** Opportunistic load balancing: the device that is free first, however slow. */
        FIRST_FREE
    }

    private final Rule rule;

    public ArrivalOrder(Rule rule) {
        this.rule = rule;
    }

    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        var partial = new PartialSchedule(problem);
        for (int position = 0; position < problem.taskCount(); position++) {
            int task = problem.graph().topologicalTask(position);
            partial.place(task, choose(problem, partial, task), Insertion.APPEND);
        }
        return partial.toSchedule();
    }

    private int choose(Problem problem, PartialSchedule partial, int task) throws UnschedulableException {
        if (rule == Rule.EARLIEST_FINISH) {
            return partial.earliestFinishDevice(task, Insertion.APPEND);
        }
        int best = -1;
        double bestScore = Double.POSITIVE_INFINITY;
        double bestFinish = Double.POSITIVE_INFINITY;
        for (int device = 0; device < problem.deviceCount(); device++) {
            double score = rule == Rule.FIRST_FREE
                    ? partial.availableTime(device)
                    : problem.costs().executionTime(task, device);
            if (score > bestScore) {
                continue;
            }
            double finish = partial.earliestFinish(task, device, Insertion.APPEND);
            if (finish < Double.POSITIVE_INFINITY && (score < bestScore || finish < bestFinish)) {
                best = device;
                bestScore = score;
                bestFinish = finish;
            }
        }
        if (best < 0) {
            throw partial.unplaceable(task);
        }
        return best;
    }
}
