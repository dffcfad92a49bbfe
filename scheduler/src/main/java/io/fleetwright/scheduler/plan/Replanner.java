package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Mends a schedule that is under way when the world is no longer the one it was made for: devices are gone, links or
 * execution times have changed, tasks ended late.
 *
 * <p>What has ended or runs stays where it is, and so does every later task whose place still holds: it is on a device
 * that is there, takes the time it was given, and its inputs arrive before it starts. The others are taken in the order
 * of their old start, each to the device that finishes it first, between the tasks that stay. A task that now ends later
 * unsettles its successors in turn. The work is a look at every edge, and a placement per task that moves.
 *
 * <p>What a task made before its device was lost counts as still there, as in the simulator.
 */
public final class Replanner {
    /** Allowed rounding, relative to the makespan. */
    private static final double TOLERANCE = 1e-12;

    private final Problem problem;
    private final TaskGraph graph;
    private final CostTable costs;
    private final Links links;
    private final double now;
    private final boolean[] lost;
    private final Assignment[] old;
    private final double slack;
    private final boolean[] unsettled;
    private final PriorityQueue<Integer> waiting;
    private int moved;

    private Replanner(Problem problem, Schedule schedule, double now, boolean[] lost) {
        this.problem = problem;
        this.now = now;
        this.lost = lost.clone();
        graph = problem.graph();
        costs = problem.costs();
        links = problem.platform().links();
        old = new Assignment[problem.taskCount()];
        unsettled = new boolean[problem.taskCount()];
        slack = TOLERANCE * Math.max(1, schedule.makespan());
        int[] position = new int[problem.taskCount()];
        for (int i = 0; i < position.length; i++) {
            position[graph.topologicalTask(i)] = i;
        }
        waiting = new PriorityQueue<>((a, b) -> {
            int byStart = Double.compare(old[a].start(), old[b].start());
            return byStart != 0 ? byStart : Integer.compare(position[a], position[b]);
        });
    }

    /**
     * A schedule as it was followed until {@code now} and mended from there on.
     *
     * @param moved tasks that are not where and when they were before
     */
    public record Mended(Schedule schedule, int moved) {}

    /**
     * Mends {@code schedule}.
     *
     * @param problem as it is from now on
     * @param schedule each task once; what has ended by {@code now} with the times at which it did
     * @param now in the schedule's time; what starts later has not started
     * @param lost per device, whether it is gone; what ran there starts anew elsewhere
     * @throws IllegalArgumentException if the schedule is not one of the problem's tasks, naming the first that is wrong
     * @throws UnschedulableException if a task finds no device any more
     */
    public static Mended mend(Problem problem, Schedule schedule, double now, boolean[] lost)
            throws UnschedulableException {
        if (!(now >= 0 && now < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("now (%s) must be finite and at least 0".formatted(now));
        }
        if (lost.length != problem.deviceCount()) {
            throw new IllegalArgumentException(
                    "lost has %d values, there are %d devices".formatted(lost.length, problem.deviceCount()));
        }
        return new Replanner(problem, schedule, now, lost).mend(schedule);
    }

    private Mended mend(Schedule schedule) throws UnschedulableException {
        for (Assignment assignment : schedule.assignments()) {
            int task = assignment.task();
            if (task < 0 || task >= old.length || old[task] != null) {
                throw new IllegalArgumentException(
                        "task %d is not one of the problem's, or is there twice".formatted(task));
            }
            if (assignment.device() < 0 || assignment.device() >= lost.length) {
                throw new IllegalArgumentException(
                        "device %d of task %d is not one of the problem's".formatted(assignment.device(), task));
            }
            old[task] = assignment;
        }
        for (int task = 0; task < old.length; task++) {
            if (old[task] == null) {
                throw new IllegalArgumentException("task %d is not in the schedule".formatted(task));
            }
        }
        double[] freeFrom = freeFrom();
        var partial = new PartialSchedule(problem, MissingInputs.REFUSED, freeFrom, settled(freeFrom));
        for (int task = 0; task < old.length; task++) {
            if (unsettled[task]) {
                waiting.add(task);
            }
        }
        while (!waiting.isEmpty()) {
            replace(partial, waiting.remove());
        }
        return new Mended(partial.toSchedule(), moved);
    }

    private double[] freeFrom() {
        double[] from = new double[lost.length];
        for (int device = 0; device < from.length; device++) {
            from[device] = lost[device]
                    ? Double.POSITIVE_INFINITY
                    : Math.max(now, problem.platform().device(device).readyTime());
        }
        return from;
    }

    /** What stays as far as can be seen before anything moves; the others become unsettled. */
    private List<Assignment> settled(double[] freeFrom) {
        List<Assignment> kept = new ArrayList<>(old.length);
        double[] busyUntil = freeFrom.clone();
        for (int task = 0; task < old.length; task++) {
            Assignment was = old[task];
            double until = was.start() + costs.executionTime(task, was.device());
            if (was.finish() <= now) {
                kept.add(was);
            } else if (was.start() < now && !lost[was.device()] && until < Double.POSITIVE_INFINITY) {
                old[task] = new Assignment(task, was.device(), was.start(), Math.max(now, until));
                kept.add(old[task]);
                busyUntil[was.device()] = Math.max(busyUntil[was.device()], old[task].finish());
            } else {
                unsettled[task] = true;
            }
        }
        for (int task = 0; task < old.length; task++) {
            Assignment was = old[task];
            if (unsettled[task]
                    && was.start() >= busyUntil[was.device()]
                    && Math.abs(was.finish() - was.start() - costs.executionTime(task, was.device())) <= slack
                    && inputsArrive(task)) {
                unsettled[task] = false;
                kept.add(was);
            }
        }
        return kept;
    }

    private boolean inputsArrive(int task) {
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            int from = graph.inTask(e);
            if (!arrives(old[from].finish(), old[from].device(), graph.inVolume(e), task)) {
                return false;
            }
        }
        return true;
    }

    private boolean arrives(double finish, int device, double volume, int task) {
        return finish + links.transferTime(volume, device, old[task].device()) <= old[task].start() + slack;
    }

    private void replace(PartialSchedule partial, int task) throws UnschedulableException {
        if (partial.isPlaced(task)) {
            partial.withdraw(task);
        }
        int device = partial.earliestFinishDevice(task, Insertion.FILL_GAPS);
        partial.place(task, device, Insertion.FILL_GAPS);
        moved++;
        double finish = partial.finish(task);
        for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
            int next = graph.outTask(e);
            if (!unsettled[next] && !arrives(finish, device, graph.outVolume(e), next)) {
                unsettled[next] = true;
                waiting.add(next);
            }
        }
    }
}
