package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.ArrayList;
import java.util.List;

/**
 * Fast load balancing: of the ready tasks the one that can start first, on the device its last input comes from or on
 * the one that is free first; of equal starts the task with the highest upward rank. A task that can start on neither
 * waits for its turn and goes where it finishes first.
 *
 * @see "Radulescu, van Gemund, 1999: FLB, fast load balancing for distributed-memory machines"
 */
public final class Flb implements StaticScheduler {
    /** A ready task with the better of its two devices. */
    private record Option(int task, int device, double start) {}

    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        TaskGraph graph = problem.graph();
        double[] rank = Ranks.upward(problem);
        var partial = new PartialSchedule(problem);
        int[] waitingFor = new int[graph.taskCount()];
        List<Integer> ready = new ArrayList<>();
        for (int task = 0; task < waitingFor.length; task++) {
            waitingFor[task] = graph.inEnd(task) - graph.inBegin(task);
            if (waitingFor[task] == 0) {
                ready.add(task);
            }
        }
        while (!ready.isEmpty()) {
            Option next = option(problem, partial, ready.getFirst());
            for (int task : ready.subList(1, ready.size())) {
                Option other = option(problem, partial, task);
                if (other.start() < next.start() || (other.start() == next.start() && rank[task] > rank[next.task()])) {
                    next = other;
                }
            }
            partial.place(
                    next.task(),
                    next.device() == TwoDevices.NONE
                            ? partial.earliestFinishDevice(next.task(), Insertion.APPEND)
                            : next.device(),
                    Insertion.APPEND);
            ready.remove(Integer.valueOf(next.task()));
            for (int e = graph.outBegin(next.task()); e < graph.outEnd(next.task()); e++) {
                if (--waitingFor[graph.outTask(e)] == 0) {
                    ready.add(graph.outTask(e));
                }
            }
        }
        return partial.toSchedule();
    }

    private static Option option(Problem problem, PartialSchedule partial, int task) {
        int enabling = TwoDevices.enabling(problem, partial, task);
        int freeFirst = TwoDevices.freeFirst(problem, partial, task);
        double there = start(partial, task, enabling);
        double here = start(partial, task, freeFirst);
        if (Math.min(there, here) == Double.POSITIVE_INFINITY) {
            return new Option(task, TwoDevices.NONE, Double.POSITIVE_INFINITY);
        }
        return there < here ? new Option(task, enabling, there) : new Option(task, freeFirst, here);
    }

    private static double start(PartialSchedule partial, int task, int device) {
        return device == TwoDevices.NONE
                ? Double.POSITIVE_INFINITY
                : partial.earliestStart(task, device, Insertion.APPEND);
    }
}
