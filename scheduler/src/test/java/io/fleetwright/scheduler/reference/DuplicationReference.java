package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.reference.Draft.Room;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * HEFT with limited duplication. Ours: a predecessor is repeated as long as the start of the task itself moves forward, the
 * one whose data comes last first (of equals the first by edge); and copies from which nothing takes its data are left out
 * at the end, where each takes it from the copy whose data is there first, the oldest of equals.
 *
 * @see "Bansal, Kumar, Singh, 2005, section 3"
 */
final class DuplicationReference {
    private DuplicationReference() {}

    static Schedule schedule(RawProblem problem) throws UnschedulableException {
        double[] rank = Figures.upwardRanks(problem);
        var draft = new Draft(problem);
        while (!draft.isComplete()) {
            int task = draft.ready().stream()
                    .min(Comparator.comparingDouble((Integer candidate) -> -rank[candidate])
                            .thenComparing(Comparator.naturalOrder()))
                    .orElseThrow();
            @Nullable Draft best = null;
            for (int device = 0; device < problem.devices(); device++) {
                if (problem.runs(task, device)) {
                    Draft trial = withTask(draft, task, device);
                    if (finish(trial, task) < (best == null ? Double.POSITIVE_INFINITY : finish(best, task))) {
                        best = trial;
                    }
                }
            }
            if (best == null) {
                throw new UnschedulableException("task %d fits nowhere".formatted(task));
            }
            draft = best;
        }
        return usedIn(draft);
    }

    private static double finish(Draft draft, int task) {
        return draft.of(task).finish();
    }

    private static Draft withTask(Draft draft, int task, int device) {
        Draft better = draft.copy();
        while (true) {
            Edge last = lastToArrive(better, task, device);
            if (last == null
                    || better.has(last.from(), device)
                    || better.start(last.from(), device, Room.ANYWHERE) == Double.POSITIVE_INFINITY) {
                break;
            }
            Draft trial = better.copy();
            trial.place(last.from(), device, Room.ANYWHERE);
            if (trial.start(task, device, Room.ANYWHERE) >= better.start(task, device, Room.ANYWHERE)) {
                break;
            }
            better = trial;
        }
        better.place(task, device, Room.ANYWHERE);
        return better;
    }

    private static @Nullable Edge lastToArrive(Draft draft, int task, int device) {
        return draft.problem.into(task).stream()
                .min(Comparator.comparingDouble(edge -> -draft.arrival(edge, device)))
                .orElse(null);
    }

    private static Schedule usedIn(Draft draft) {
        RawProblem problem = draft.problem;
        Set<Assignment> used = new LinkedHashSet<>();
        List<Integer> backwards = problem.arrivalOrder().reversed();
        for (int task : backwards) {
            if (problem.outOf(task).isEmpty()) {
                used.add(draft.of(task));
            }
            for (Assignment consumer : List.copyOf(used)) {
                if (consumer.task() == task) {
                    problem.into(task).forEach(edge -> used.add(source(draft, edge, consumer.device())));
                }
            }
        }
        return Schedule.of(List.copyOf(used));
    }

    private static Assignment source(Draft draft, Edge edge, int device) {
        return draft.copies(edge.from()).stream()
                .min(Comparator.comparingDouble(
                        copy -> copy.finish() + draft.problem.transfer(edge.volume(), copy.device(), device)))
                .orElseThrow();
    }
}
