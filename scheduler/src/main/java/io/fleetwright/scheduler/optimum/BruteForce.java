package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.ArrayList;
import java.util.List;

/**
 * The least makespan, by trying every topological order with every choice of devices and starting each task as early as
 * possible: some such schedule is optimal. It keeps its own times, so it shares no code with what it judges, and cuts
 * only what is already as long as the best.
 */
public final class BruteForce implements BoundedScheduler {
    public static final int TASKS_MAX = 10;
    /** Partial schedules after which it gives up: some ten seconds. */
    public static final long STEPS_MAX = 500_000_000;

    /** @throws UnschedulableException with more than {@link #TASKS_MAX} tasks, or when there are too many schedules */
    @Override
    public Solution solve(Problem problem) throws UnschedulableException {
        if (problem.taskCount() > TASKS_MAX) {
            throw new UnschedulableException(
                    "brute force takes at most %d tasks, not %d".formatted(TASKS_MAX, problem.taskCount()));
        }
        var search = new Search(problem);
        search.run();
        if (search.best.isEmpty()) {
            throw new UnschedulableException("task %d and what it depends on can be placed nowhere, for want of links"
                    .formatted(search.deepestTask));
        }
        Schedule schedule = Schedule.of(search.best);
        return new Solution(schedule, schedule.makespan());
    }

    private static final class Search {
        private final Problem problem;
        private final int[] deviceOf;
        private final double[] start;
        private final double[] finish;
        private List<Assignment> best = List.of();
        private double bestMakespan = Double.POSITIVE_INFINITY;
        private long steps;
        private int deepestTask;

        Search(Problem problem) {
            this.problem = problem;
            deviceOf = new int[problem.taskCount()];
            start = new double[problem.taskCount()];
            finish = new double[problem.taskCount()];
        }

        void run() throws UnschedulableException {
            double[] free = new double[problem.deviceCount()];
            for (int device = 0; device < free.length; device++) {
                free[device] = problem.platform().device(device).readyTime();
            }
            extend(0, 0, free);
        }

        private void extend(int placedSet, double makespan, double[] free) throws UnschedulableException {
            if (makespan >= bestMakespan) {
                return;
            }
            if (++steps > STEPS_MAX) {
                throw new UnschedulableException("brute force gave up after %d steps".formatted(STEPS_MAX));
            }
            if (placedSet == (1 << deviceOf.length) - 1) {
                bestMakespan = makespan;
                keep();
                return;
            }
            for (int task = 0; task < deviceOf.length; task++) {
                if ((placedSet & 1 << task) != 0 || !inputsPlaced(task, placedSet)) {
                    continue;
                }
                deepestTask = task;
                for (int device = 0; device < free.length; device++) {
                    double from = Math.max(free[device], arrival(task, device));
                    double until = from + problem.costs().executionTime(task, device);
                    double[] freeAfter = free.clone();
                    freeAfter[device] = until;
                    deviceOf[task] = device;
                    start[task] = from;
                    finish[task] = until;
                    extend(placedSet | 1 << task, Math.max(makespan, until), freeAfter);
                }
            }
        }

        private void keep() {
            best = new ArrayList<>();
            for (int task = 0; task < deviceOf.length; task++) {
                best.add(new Assignment(task, deviceOf[task], start[task], finish[task]));
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
                        finish[from]
                                + problem.platform().links().transferTime(graph.inVolume(e), deviceOf[from], device));
            }
            return arrival;
        }
    }
}
