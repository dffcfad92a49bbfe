package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;

/** Everything on the one device that is through with it first: no transfers at all, and a floor for the others. */
public final class FastestNode implements StaticScheduler {
    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        int best = -1;
        double bestFinish = Double.POSITIVE_INFINITY;
        for (int device = 0; device < problem.deviceCount(); device++) {
            double finish = problem.platform().device(device).readyTime();
            for (int task = 0; task < problem.taskCount(); task++) {
                finish += problem.costs().executionTime(task, device);
            }
            if (finish < bestFinish) {
                best = device;
                bestFinish = finish;
            }
        }
        if (best < 0) {
            throw new UnschedulableException("no single device runs every task");
        }
        var partial = new PartialSchedule(problem);
        for (int position = 0; position < problem.taskCount(); position++) {
            partial.place(problem.graph().topologicalTask(position), best, Insertion.APPEND);
        }
        return partial.toSchedule();
    }
}
