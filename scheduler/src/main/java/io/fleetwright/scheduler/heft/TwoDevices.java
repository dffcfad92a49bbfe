package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.Links;

/**
 * The two devices that are worth a look when time is short: one of them is where a task can start first, if all devices
 * and links are alike.
 *
 * @see "Radulescu, van Gemund, 1999, theorem 1"
 */
final class TwoDevices {
    static final int NONE = -1;

    private TwoDevices() {}

    /** The device whose data for {@code task} would be the last to arrive elsewhere; none for an entry task. */
    static int enabling(Problem problem, PartialSchedule partial, int task) {
        TaskGraph graph = problem.graph();
        Links links = problem.platform().links();
        int enabling = NONE;
        double last = Double.NEGATIVE_INFINITY;
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            int from = graph.inTask(e);
            double arrival = partial.finish(from) + links.transferTimeMean(graph.inVolume(e));
            if (arrival > last) {
                enabling = partial.deviceOf(from);
                last = arrival;
            }
        }
        return enabling;
    }

    /** Of the devices that can take {@code task}, the one that is free first, then the one that is quickest. */
    static int freeFirst(Problem problem, PartialSchedule partial, int task) {
        int best = NONE;
        for (int device = 0; device < problem.deviceCount(); device++) {
            if (!problem.costs().canRun(task, device)) {
                continue;
            }
            int order = best == NONE ? -1 : Double.compare(partial.availableTime(device), partial.availableTime(best));
            boolean before = order < 0
                    || (order == 0
                            && problem.costs().executionTime(task, device)
                                    < problem.costs().executionTime(task, best));
            if (before && partial.dataArrival(task, device) < Double.POSITIVE_INFINITY) {
                best = device;
            }
        }
        return best;
    }

    /** Infinite for no device. */
    static double finish(PartialSchedule partial, int task, int device) {
        return device == NONE ? Double.POSITIVE_INFINITY : partial.earliestFinish(task, device, Insertion.APPEND);
    }

    /** Infinite for no device. */
    static double start(PartialSchedule partial, int task, int device) {
        return device == NONE ? Double.POSITIVE_INFINITY : partial.earliestStart(task, device, Insertion.APPEND);
    }
}
