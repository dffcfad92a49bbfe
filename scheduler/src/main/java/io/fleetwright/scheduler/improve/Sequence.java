package io.fleetwright.scheduler.improve;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A schedule written as a topological order (the priorities) and a device per task (the pins): in that order each task
 * starts on its device as early as possible after what is there. Every schedule that cannot be shifted earlier has such
 * a form. Two moves change it; each can be taken back.
 */
final class Sequence {
    private final Problem problem;
    private final TaskGraph graph;
    private final CostTable costs;
    private final Links links;
    private final int[] order;
    private final int[] positionOf;
    private final int[] deviceOf;
    private final double[] start;
    private final double[] finish;
    private final double[] free;

    /** The form of {@code schedule}, which runs each task once; evaluated, it is at most as long. */
    Sequence(Problem problem, Schedule schedule) {
        this.problem = problem;
        graph = problem.graph();
        costs = problem.costs();
        links = problem.platform().links();
        int tasks = problem.taskCount();
        order = new int[tasks];
        positionOf = new int[tasks];
        deviceOf = new int[tasks];
        start = new double[tasks];
        finish = new double[tasks];
        free = new double[problem.deviceCount()];
        int[] topologicalPosition = new int[tasks];
        for (int position = 0; position < tasks; position++) {
            topologicalPosition[graph.topologicalTask(position)] = position;
        }
        List<Assignment> byStart = new ArrayList<>(schedule.assignments());
        byStart.sort(Comparator.comparingDouble(Assignment::start)
                .thenComparingDouble(Assignment::finish)
                .thenComparingInt(assignment -> topologicalPosition[assignment.task()]));
        for (int position = 0; position < tasks; position++) {
            Assignment assignment = byStart.get(position);
            order[position] = assignment.task();
            positionOf[assignment.task()] = position;
            deviceOf[assignment.task()] = assignment.device();
        }
    }

    int device(int task) {
        return deviceOf[task];
    }

    int position(int task) {
        return positionOf[task];
    }

    int taskAt(int position) {
        return order[position];
    }

    void pin(int task, int device) {
        deviceOf[task] = device;
    }

    /** First position that leaves all predecessors of {@code task} before it. */
    int firstPosition(int task) {
        int first = 0;
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            first = Math.max(first, positionOf[graph.inTask(e)] + 1);
        }
        return first;
    }

    /** Last position that leaves all successors of {@code task} behind it. */
    int lastPosition(int task) {
        int last = order.length - 1;
        for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
            last = Math.min(last, positionOf[graph.outTask(e)] - 1);
        }
        return last;
    }

    /** Moves {@code task} to {@code position}, and what is between by one. */
    void move(int task, int position) {
        int at = positionOf[task];
        int step = at < position ? 1 : -1;
        for (; at != position; at += step) {
            order[at] = order[at + step];
            positionOf[order[at]] = at;
        }
        order[position] = task;
        positionOf[task] = position;
    }

    /** The makespan; infinite when a task is pinned where it cannot be. Leaves when each task starts and ends. */
    double evaluate() {
        for (int device = 0; device < free.length; device++) {
            free[device] = problem.platform().device(device).readyTime();
        }
        double makespan = 0;
        for (int task : order) {
            int device = deviceOf[task];
            double from = free[device];
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                int source = graph.inTask(e);
                from = Math.max(from, finish[source] + links.transferTime(graph.inVolume(e), deviceOf[source], device));
            }
            double until = from + costs.executionTime(task, device);
            if (until == Double.POSITIVE_INFINITY) {
                return until;
            }
            start[task] = from;
            finish[task] = until;
            free[device] = until;
            makespan = Math.max(makespan, until);
        }
        return makespan;
    }

    /**
     * The tasks of one chain without slack, from the end of the last evaluation to its beginning.
     *
     * @param chain receives them
     * @return how many
     */
    int criticalChain(int[] chain) {
        int task = order[0];
        for (int other : order) {
            if (finish[other] > finish[task]) {
                task = other;
            }
        }
        int length = 0;
        while (task >= 0) {
            chain[length++] = task;
            task = whatHeldBack(task);
        }
        return length;
    }

    private int whatHeldBack(int task) {
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            int source = graph.inTask(e);
            if (finish[source] + links.transferTime(graph.inVolume(e), deviceOf[source], deviceOf[task])
                    == start[task]) {
                return source;
            }
        }
        for (int position = positionOf[task] - 1; position >= 0; position--) {
            int before = order[position];
            if (deviceOf[before] == deviceOf[task]) {
                return finish[before] == start[task] ? before : -1;
            }
        }
        return -1;
    }

    /** The schedule as last evaluated. */
    Schedule toSchedule() {
        List<Assignment> assignments = new ArrayList<>(order.length);
        for (int task = 0; task < order.length; task++) {
            assignments.add(new Assignment(task, deviceOf[task], start[task], finish[task]));
        }
        return Schedule.of(assignments);
    }
}
