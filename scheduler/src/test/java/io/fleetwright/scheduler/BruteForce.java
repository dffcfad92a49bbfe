package io.fleetwright.scheduler;

import io.fleetwright.scheduler.plan.Problem;

/**
 * The least makespan, by trying every topological order with every choice of devices and starting each task as early as
 * possible: some such schedule is optimal. It keeps its own times, so it shares no code with what it judges.
 */
final class BruteForce {
    private final Problem problem;
    private final int[] deviceOf;
    private final double[] finish;
    private double best = Double.POSITIVE_INFINITY;

    private BruteForce(Problem problem) {
        this.problem = problem;
        this.deviceOf = new int[problem.taskCount()];
        this.finish = new double[problem.taskCount()];
    }

    static double makespan(Problem problem) {
        var search = new BruteForce(problem);
        double[] free = new double[problem.deviceCount()];
        for (int device = 0; device < free.length; device++) {
            free[device] = problem.platform().device(device).readyTime();
        }
        search.extend(0, 0, free);
        return search.best;
    }

    private void extend(int placedSet, double makespan, double[] free) {
        if (makespan >= best) {
            return;
        }
        if (placedSet == (1 << deviceOf.length) - 1) {
            best = makespan;
            return;
        }
        for (int task = 0; task < deviceOf.length; task++) {
            if ((placedSet & 1 << task) != 0 || !inputsPlaced(task, placedSet)) {
                continue;
            }
            for (int device = 0; device < free.length; device++) {
                double until = Math.max(free[device], arrival(task, device))
                        + problem.costs().executionTime(task, device);
                double[] freeAfter = free.clone();
                freeAfter[device] = until;
                deviceOf[task] = device;
                finish[task] = until;
                extend(placedSet | 1 << task, Math.max(makespan, until), freeAfter);
            }
        }
    }

    private boolean inputsPlaced(int task, int placedSet) {
        var graph = problem.graph();
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            if ((placedSet & 1 << graph.inTask(e)) == 0) {
                return false;
            }
        }
        return true;
    }

    private double arrival(int task, int device) {
        var graph = problem.graph();
        double arrival = 0;
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            int from = graph.inTask(e);
            arrival = Math.max(
                    arrival,
                    finish[from] + problem.platform().links().transferTime(graph.inVolume(e), deviceOf[from], device));
        }
        return arrival;
    }
}
