package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.Links;

/**
 * The least time from the end of a task on a device to the end of everything after it, were no device ever busy with
 * anything but the task's own successors.
 *
 * <p>Holds where each task runs once. Takes {@code edges x devices x devices} steps.
 */
final class RemainingTimes {
    private final int devices;
    private final double[] remaining;

    RemainingTimes(Problem problem) {
        TaskGraph graph = problem.graph();
        var outputs = new Neighbourhood();
        devices = problem.deviceCount();
        remaining = new double[Math.multiplyExact(graph.taskCount(), devices)];
        for (int position = graph.taskCount() - 1; position >= 0; position--) {
            int task = graph.topologicalTask(position);
            for (int device = 0; device < devices; device++) {
                outputs.clear();
                for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                    add(outputs, problem, graph.outTask(e), graph.outVolume(e), device);
                }
                remaining[task * devices + device] = outputs.bound();
            }
        }
    }

    private void add(Neighbourhood outputs, Problem problem, int successor, double volume, int device) {
        Links links = problem.platform().links();
        double elsewhere = Double.POSITIVE_INFINITY;
        for (int next = 0; next < devices; next++) {
            if (next != device) {
                elsewhere = Math.min(
                        elsewhere,
                        links.transferTime(volume, device, next)
                                + problem.costs().executionTime(successor, next)
                                + remaining[successor * devices + next]);
            }
        }
        double here = problem.costs().executionTime(successor, device);
        outputs.add(elsewhere, remaining[successor * devices + device], here);
    }

    /** Infinite where no schedule can have {@code task} on {@code device}, for want of links. */
    double after(int task, int device) {
        return remaining[task * devices + device];
    }
}
