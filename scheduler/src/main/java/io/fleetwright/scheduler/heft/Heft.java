package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;

/**
 * Heterogeneous Earliest Finish Time: tasks by falling upward rank, each to where it finishes first, gaps included.
 *
 * @see "Topcuoglu, Hariri, Wu, 2002, section 4.1"
 */
public final class Heft implements StaticScheduler {
    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        var partial = new PartialSchedule(problem);
        for (int task : PriorityOrder.of(problem.graph(), Ranks.upward(problem))) {
            partial.place(task, partial.earliestFinishDevice(task, Insertion.FILL_GAPS), Insertion.FILL_GAPS);
        }
        return partial.toSchedule();
    }
}
