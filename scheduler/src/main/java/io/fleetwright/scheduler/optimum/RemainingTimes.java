package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.Links;

/**
 * The least time from the end of a task on a device to the end of everything after it, were no device ever busy:
 * {@code max over successors s of min over devices w of (transfer to w + cost(s, w) + remaining(s, w))}.
 *
 * <p>Holds where each task runs once. Takes {@code edges x devices x devices} steps.
 */
final class RemainingTimes {
    private final int devices;
    private final double[] remaining;

    RemainingTimes(Problem problem) {
        TaskGraph graph = problem.graph();
        Links links = problem.platform().links();
        devices = problem.deviceCount();
        remaining = new double[Math.multiplyExact(graph.taskCount(), devices)];
        for (int position = graph.taskCount() - 1; position >= 0; position--) {
            int task = graph.topologicalTask(position);
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                int successor = graph.outTask(e);
                for (int device = 0; device < devices; device++) {
                    double least = Double.POSITIVE_INFINITY;
                    for (int next = 0; next < devices; next++) {
                        least = Math.min(
                                least,
                                links.transferTime(graph.outVolume(e), device, next)
                                        + problem.costs().executionTime(successor, next)
                                        + remaining[successor * devices + next]);
                    }
                    remaining[task * devices + device] = Math.max(remaining[task * devices + device], least);
                }
            }
        }
    }

    /** Infinite where no schedule can have {@code task} on {@code device}, for want of links. */
    double after(int task, int device) {
        return remaining[task * devices + device];
    }
}
