package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.SplittableRandom;

/** Each task, in arrival order, on any device that can take it. The same seed gives the same schedule. */
public final class RandomChoice implements StaticScheduler {
    private final long seed;

    public RandomChoice(long seed) {
        this.seed = seed;
    }

    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        var random = new SplittableRandom(seed);
        var partial = new PartialSchedule(problem);
        int[] possible = new int[problem.deviceCount()];
        for (int position = 0; position < problem.taskCount(); position++) {
            int task = problem.graph().topologicalTask(position);
            int count = 0;
            for (int device = 0; device < possible.length; device++) {
                if (partial.earliestStart(task, device, Insertion.APPEND) < Double.POSITIVE_INFINITY) {
                    possible[count++] = device;
                }
            }
            if (count == 0) {
                throw partial.unplaceable(task);
            }
            partial.place(task, possible[random.nextInt(count)], Insertion.APPEND);
        }
        return partial.toSchedule();
    }
}
