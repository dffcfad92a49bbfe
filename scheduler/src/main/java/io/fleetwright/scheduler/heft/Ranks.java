package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.Links;

/**
 * How far each task is from the start and from the end of its graph, by mean execution and transfer times.
 *
 * @see "Topcuoglu et al., 2002, equations 8 to 11"
 */
public final class Ranks {
    private Ranks() {}

    /** Length of the longest path from each task, itself included, to an exit. */
    public static double[] upward(Problem problem) {
        TaskGraph graph = problem.graph();
        Links links = problem.platform().links();
        double[] rank = new double[graph.taskCount()];
        for (int position = graph.taskCount() - 1; position >= 0; position--) {
            int task = graph.topologicalTask(position);
            double longest = 0;
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                longest = Math.max(longest, links.transferTimeMean(graph.outVolume(e)) + rank[graph.outTask(e)]);
            }
            rank[task] = problem.costs().executionTimeMean(task) + longest;
        }
        return rank;
    }

    /** Length of the longest path from an entry to each task, itself excluded. */
    public static double[] downward(Problem problem) {
        TaskGraph graph = problem.graph();
        Links links = problem.platform().links();
        double[] rank = new double[graph.taskCount()];
        for (int position = 0; position < graph.taskCount(); position++) {
            int task = graph.topologicalTask(position);
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                int from = graph.inTask(e);
                double length = rank[from]
                        + problem.costs().executionTimeMean(from)
                        + links.transferTimeMean(graph.inVolume(e));
                rank[task] = Math.max(rank[task], length);
            }
        }
        return rank;
    }
}
