package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;

/**
 * Fast critical path: tasks by falling upward rank, each to the better of two devices, the one its last input comes from
 * and the one that is free first. Where neither can take it, to where it finishes first.
 *
 * @see "Radulescu, van Gemund, 2000: Fast and effective task scheduling in heterogeneous systems"
 */
public final class Fcp implements StaticScheduler {
    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        var partial = new PartialSchedule(problem);
        for (int task : PriorityOrder.of(problem.graph(), Ranks.upward(problem))) {
            int device = better(
                    partial,
                    task,
                    TwoDevices.enabling(problem, partial, task),
                    TwoDevices.freeFirst(problem, partial, task));
            partial.place(
                    task,
                    device == TwoDevices.NONE ? partial.earliestFinishDevice(task, Insertion.APPEND) : device,
                    Insertion.APPEND);
        }
        return partial.toSchedule();
    }

    /** The one of both where {@code task} finishes first, or none. */
    private static int better(PartialSchedule partial, int task, int enabling, int freeFirst) {
        double there = TwoDevices.finish(partial, task, enabling);
        double here = TwoDevices.finish(partial, task, freeFirst);
        if (Math.min(there, here) == Double.POSITIVE_INFINITY) {
            return TwoDevices.NONE;
        }
        return there <= here ? enabling : freeFirst;
    }
}
