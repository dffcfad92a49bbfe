package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.platform.CostTable;

/**
 * Critical Path On a Processor: the tasks of one critical path go to the one device that does them soonest, the others
 * to where they finish first. A critical task which that device cannot run is treated like the others.
 *
 * @see "Topcuoglu, Hariri, Wu, 2002, section 4.2"
 */
public final class Cpop implements StaticScheduler {
    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        double[] priority = Ranks.upward(problem);
        double[] downward = Ranks.downward(problem);
        for (int task = 0; task < priority.length; task++) {
            priority[task] += downward[task];
        }
        boolean[] critical = criticalPath(problem.graph(), priority);
        int pathDevice = pathDevice(problem, critical);
        var partial = new PartialSchedule(problem);
        for (int task : PriorityOrder.of(problem.graph(), priority)) {
            boolean pinned = critical[task]
                    && partial.earliestStart(task, pathDevice, Insertion.FILL_GAPS) < Double.POSITIVE_INFINITY;
            int device = pinned ? pathDevice : partial.earliestFinishDevice(task, Insertion.FILL_GAPS);
            partial.place(task, device, Insertion.FILL_GAPS);
        }
        return partial.toSchedule();
    }

    /**
     * One longest path. No priority exceeds its length and all of its tasks have it, so following the highest priority
     * finds it without comparing rounded sums for equality.
     */
    private static boolean[] criticalPath(TaskGraph graph, double[] priority) {
        int task = -1;
        for (int candidate = 0; candidate < graph.taskCount(); candidate++) {
            if (graph.isEntry(candidate) && (task < 0 || priority[candidate] > priority[task])) {
                task = candidate;
            }
        }
        boolean[] critical = new boolean[graph.taskCount()];
        critical[task] = true;
        while (graph.outBegin(task) < graph.outEnd(task)) {
            int next = graph.outTask(graph.outBegin(task));
            for (int e = graph.outBegin(task) + 1; e < graph.outEnd(task); e++) {
                if (priority[graph.outTask(e)] > priority[next]) {
                    next = graph.outTask(e);
                }
            }
            task = next;
            critical[task] = true;
        }
        return critical;
    }

    /** The device that runs the most critical tasks, and among those the one that needs the least time for them. */
    private static int pathDevice(Problem problem, boolean[] critical) {
        int best = 0;
        int bestRuns = -1;
        double bestTime = 0;
        for (int device = 0; device < problem.deviceCount(); device++) {
            int runs = 0;
            double time = 0;
            for (int task = 0; task < critical.length; task++) {
                double cost = problem.costs().executionTime(task, device);
                if (critical[task] && cost < CostTable.CANNOT_RUN) {
                    runs++;
                    time += cost;
                }
            }
            if (runs > bestRuns || (runs == bestRuns && time < bestTime)) {
                best = device;
                bestRuns = runs;
                bestTime = time;
            }
        }
        return best;
    }
}
