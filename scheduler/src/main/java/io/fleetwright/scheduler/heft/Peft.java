package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;

/**
 * Predict Earliest Finish Time: like HEFT, but ranks and places by what the choice leaves still to do.
 *
 * @see "Arabnejad, Barbosa, 2014, section 4"
 */
public final class Peft implements StaticScheduler {
    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        var optimistic = new OptimisticCosts(problem);
        var partial = new PartialSchedule(problem);
        for (int task : PriorityOrder.of(problem.graph(), optimistic.ranks())) {
            int best = -1;
            double bestOutlook = Double.POSITIVE_INFINITY;
            for (int device = 0; device < problem.deviceCount(); device++) {
                double outlook =
                        partial.earliestFinish(task, device, Insertion.FILL_GAPS) + optimistic.afterTask(task, device);
                if (outlook < bestOutlook) {
                    best = device;
                    bestOutlook = outlook;
                }
            }
            if (best < 0) {
                throw partial.unplaceable(task);
            }
            partial.place(task, best, Insertion.FILL_GAPS);
        }
        return partial.toSchedule();
    }
}
