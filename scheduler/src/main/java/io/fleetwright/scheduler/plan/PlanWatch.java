package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import java.util.Arrays;

/**
 * Tells when a schedule that is being followed should be mended with {@link Replanner}: a device with work before it is
 * lost, a link that inputs still have to cross changes, or a task takes a time that is further off its estimate than a
 * threshold. What changes nothing that is planned is no reason.
 *
 * <p>Not safe for several threads at once.
 */
public final class PlanWatch {
    private final TaskGraph graph;
    private final Assignment[] planned;
    private final boolean[] started;
    private final boolean[] ended;
    private final double threshold;

    /**
     * @param schedule each task once
     * @param threshold part of a task's planned time that it may be off by, at least 0 and finite
     * @throws IllegalArgumentException if the threshold is out of range, or a task is missing, unknown or there twice
     */
    public PlanWatch(Problem problem, Schedule schedule, double threshold) {
        if (!(threshold >= 0 && threshold < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("threshold (%s) must be finite and at least 0".formatted(threshold));
        }
        this.graph = problem.graph();
        this.threshold = threshold;
        this.started = new boolean[problem.taskCount()];
        this.ended = new boolean[problem.taskCount()];
        this.planned = new Assignment[problem.taskCount()];
        for (Assignment assignment : schedule.assignments()) {
            int task = assignment.task();
            if (task < 0 || task >= planned.length || planned[task] != null) {
                throw new IllegalArgumentException(
                        "task %d is not one of the problem's, or is there twice".formatted(task));
            }
            planned[task] = assignment;
        }
        int missing = Arrays.asList(planned).indexOf(null);
        if (missing >= 0) {
            throw new IllegalArgumentException("task %d is not in the schedule".formatted(missing));
        }
    }

    /** A task has started; it no longer waits for inputs. */
    public void started(int task) {
        started[checked(task)] = true;
    }

    /**
     * A task has ended.
     *
     * @param took its time on the planned device, in the schedule's unit
     * @return true when that is further from the plan than the threshold allows, and something is still to come
     */
    public boolean ended(int task, double took) {
        started[checked(task)] = true;
        ended[task] = true;
        double expected = planned[task].finish() - planned[task].start();
        return Math.abs(took - expected) > threshold * expected && anyLeft();
    }

    /** A device is gone; true when a task that has not ended is planned there. */
    public boolean lost(int device) {
        for (int task = 0; task < planned.length; task++) {
            if (!ended[task] && planned[task].device() == device) {
                return true;
            }
        }
        return false;
    }

    /** The link between two devices has changed; true when a task that has not started takes an input across it. */
    public boolean linkChanged(int one, int other) {
        for (int task = 0; task < planned.length; task++) {
            for (int e = graph.inBegin(task); e < graph.inEnd(task) && !started[task]; e++) {
                int from = planned[graph.inTask(e)].device();
                int to = planned[task].device();
                if (from == one && to == other || from == other && to == one) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean anyLeft() {
        for (boolean done : ended) {
            if (!done) {
                return true;
            }
        }
        return false;
    }

    private int checked(int task) {
        if (task < 0 || task >= planned.length) {
            throw new IllegalArgumentException("task (%d) must be 0 to %d".formatted(task, planned.length - 1));
        }
        return task;
    }
}
