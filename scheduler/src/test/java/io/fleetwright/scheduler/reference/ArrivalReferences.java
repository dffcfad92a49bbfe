package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.reference.Draft.Room;
import java.util.Comparator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The immediate rules: tasks as they come, each behind what its device has already. Ours: of devices that a rule likes
 * equally, where the task finishes first, then the lowest.
 *
 * @see "Maheswaran et al., 1999, section 3"
 */
final class ArrivalReferences {
    private ArrivalReferences() {}

    /** What a rule thinks of the devices for a task; the least is best. */
    private interface Rule {
        IntToDoubleFunction dislike(Draft draft, int task);
    }

    private static Schedule asTheyCome(RawProblem problem, Rule rule) throws UnschedulableException {
        var draft = new Draft(problem);
        for (int task : problem.arrivalOrder()) {
            IntToDoubleFunction dislike = rule.dislike(draft, task);
            int device = IntStream.range(0, problem.devices())
                    .filter(candidate -> draft.finish(task, candidate, Room.AT_THE_END) < Double.POSITIVE_INFINITY)
                    .boxed()
                    .min(Comparator.comparingDouble((Integer candidate) -> dislike.applyAsDouble(candidate))
                            .thenComparingDouble(candidate -> draft.finish(task, candidate, Room.AT_THE_END)))
                    .orElse(-1);
            draft.place(task, Draft.required(task, device), Room.AT_THE_END);
        }
        return draft.toSchedule();
    }

    static Schedule minimumCompletion(RawProblem problem) throws UnschedulableException {
        return asTheyCome(problem, (draft, task) -> device -> draft.finish(task, device, Room.AT_THE_END));
    }

    static Schedule minimumExecution(RawProblem problem) throws UnschedulableException {
        return asTheyCome(problem, (_, task) -> device -> problem.cost(task, device));
    }

    static Schedule firstFree(RawProblem problem) throws UnschedulableException {
        return asTheyCome(problem, (draft, _) -> draft::free);
    }

    /** All on the one device that needs least for all, counted from when it is free. */
    static Schedule fastestNode(RawProblem problem) throws UnschedulableException {
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int device = 0; device < problem.devices(); device++) {
            double end = problem.ready()[device];
            for (int task = 0; task < problem.tasks(); task++) {
                end += problem.cost(task, device);
            }
            if (end < least) {
                best = device;
                least = end;
            }
        }
        var draft = new Draft(problem);
        for (int task : problem.arrivalOrder()) {
            draft.place(task, Draft.required(task, best), Room.AT_THE_END);
        }
        return draft.toSchedule();
    }
}
