package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.OptimisticCosts;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;

/** Makespans below which no schedule that runs each task once can get. */
public final class LowerBounds {
    /** Devices up to which transfers are bounded pair by pair. */
    private static final int PAIRWISE_DEVICES_MAX = 64;

    private LowerBounds() {}

    /** The better of the longest chain, with each task at its best, and of the work shared out in fractions. */
    public static double of(Problem problem) {
        double chain = problem.deviceCount() <= PAIRWISE_DEVICES_MAX ? chainByPairs(problem) : chainByKinds(problem);
        double bound = Math.max(chain, WorkBound.of(problem));
        return bound < Double.POSITIVE_INFINITY ? bound : 0;
    }

    private static double chainByPairs(Problem problem) {
        var remaining = new RemainingTimes(problem);
        double[][] finish = new EarliestTimes(problem).finish();
        double longest = 0;
        for (int task = 0; task < finish.length; task++) {
            double least = Double.POSITIVE_INFINITY;
            for (int device = 0; device < finish[task].length; device++) {
                least = Math.min(least, finish[task][device] + remaining.after(task, device));
            }
            longest = Math.max(longest, least);
        }
        return longest;
    }

    private static double chainByKinds(Problem problem) {
        TaskGraph graph = problem.graph();
        CostTable costs = problem.costs();
        var remaining = new OptimisticCosts(problem, problem.platform().links()::transferTimeMin);
        double longest = 0;
        for (int task = 0; task < graph.taskCount(); task++) {
            if (!graph.isEntry(task)) {
                continue;
            }
            double least = Double.POSITIVE_INFINITY;
            for (int device = 0; device < problem.deviceCount(); device++) {
                double finish = problem.platform().device(device).readyTime() + costs.executionTime(task, device);
                least = Math.min(least, finish + remaining.afterTask(task, device));
            }
            longest = Math.max(longest, least);
        }
        return longest;
    }
}
