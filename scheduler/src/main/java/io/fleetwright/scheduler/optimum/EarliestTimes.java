package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.Links;

/**
 * When each task can be finished on each device at the earliest, were no device ever busy with anything but the task's
 * own inputs. Takes {@code edges x devices x devices} steps.
 */
final class EarliestTimes {
    private final Problem problem;
    private final TaskGraph graph;
    private final Links links;
    private final double[][] start;
    private final double[][] finish;
    private final Neighbourhood inputs = new Neighbourhood();

    EarliestTimes(Problem problem) {
        this.problem = problem;
        graph = problem.graph();
        links = problem.platform().links();
        start = new double[problem.taskCount()][problem.deviceCount()];
        finish = new double[problem.taskCount()][problem.deviceCount()];
        double[] free = new double[problem.deviceCount()];
        for (int device = 0; device < free.length; device++) {
            free[device] = problem.platform().device(device).readyTime();
        }
        for (int position = 0; position < graph.taskCount(); position++) {
            estimate(graph.topologicalTask(position), free);
        }
    }

    /** {@code [task][device]}; infinite where it cannot be. */
    double[][] finish() {
        return finish;
    }

    private void estimate(int task, double[] free) {
        for (int device = 0; device < free.length; device++) {
            inputs.clear();
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                int from = graph.inTask(e);
                double elsewhere = Double.POSITIVE_INFINITY;
                for (int source = 0; source < free.length; source++) {
                    if (source != device) {
                        double arrival = finish[from][source] + links.transferTime(graph.inVolume(e), source, device);
                        elsewhere = Math.min(elsewhere, arrival);
                    }
                }
                inputs.add(elsewhere, start[from][device], problem.costs().executionTime(from, device));
            }
            start[task][device] = Math.max(free[device], inputs.bound());
            finish[task][device] = start[task][device] + problem.costs().executionTime(task, device);
        }
    }
}
