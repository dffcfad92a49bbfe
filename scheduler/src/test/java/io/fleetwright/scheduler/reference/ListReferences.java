package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.reference.Draft.Room;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Algorithms that take the tasks in an order of priority which they know beforehand. Ours in all of them: of equal
 * priorities the lowest task, and never a task before its predecessors, which falling ranks alone do not say where costs
 * are zero; of equal devices the lowest.
 */
final class ListReferences {
    private static final int NONE = -1;

    private ListReferences() {}

    /** Where a task goes. */
    private interface Choice {
        int device(Draft draft, int task) throws UnschedulableException;
    }

    private static Schedule inOrderOf(double[] priority, RawProblem problem, Room room, Choice choice)
            throws UnschedulableException {
        var draft = new Draft(problem);
        while (!draft.isComplete()) {
            int next = draft.ready().stream()
                    .min(Comparator.comparingDouble((Integer task) -> -priority[task])
                            .thenComparing(Comparator.naturalOrder()))
                    .orElseThrow();
            draft.place(next, choice.device(draft, next), room);
        }
        return draft.toSchedule();
    }

    /** @see "Topcuoglu, Hariri, Wu, 2002, section 4.1" */
    static Schedule heft(RawProblem problem) throws UnschedulableException {
        return inOrderOf(
                Figures.upwardRanks(problem), problem, Room.ANYWHERE, (draft, task) -> draft.best(task, Room.ANYWHERE));
    }

    /**
     * Ours: the critical path begins at the entry task of highest priority and goes on with the successor of highest
     * priority, the first of equals by edge; its device is that which runs most of its tasks, then the one that needs least
     * for those; where that device cannot have a critical task, the task goes where it finishes first.
     *
     * @see "Topcuoglu, Hariri, Wu, 2002, section 4.2"
     */
    static Schedule cpop(RawProblem problem) throws UnschedulableException {
        double[] up = Figures.upwardRanks(problem);
        double[] down = Figures.downwardRanks(problem);
        double[] priority = IntStream.range(0, problem.tasks())
                .mapToDouble(task -> up[task] + down[task])
                .toArray();
        Set<Integer> critical = criticalPath(problem, priority);
        int device = IntStream.range(0, problem.devices())
                .boxed()
                .min(Comparator.comparingLong((Integer candidate) -> -critical.stream()
                                .filter(task -> problem.runs(task, candidate))
                                .count())
                        .thenComparingDouble(candidate -> critical.stream()
                                .sorted()
                                .filter(task -> problem.runs(task, candidate))
                                .mapToDouble(task -> problem.cost(task, candidate))
                                .reduce(0, Double::sum)))
                .orElseThrow();
        return inOrderOf(priority, problem, Room.ANYWHERE, (draft, task) -> {
            boolean pinned =
                    critical.contains(task) && draft.finish(task, device, Room.ANYWHERE) < Double.POSITIVE_INFINITY;
            return pinned ? device : draft.best(task, Room.ANYWHERE);
        });
    }

    private static Set<Integer> criticalPath(RawProblem problem, double[] priority) {
        Set<Integer> path = new HashSet<>();
        List<Integer> next = IntStream.range(0, problem.tasks())
                .filter(task -> problem.into(task).isEmpty())
                .boxed()
                .toList();
        while (!next.isEmpty()) {
            int highest = next.stream()
                    .min(Comparator.comparingDouble(task -> -priority[task]))
                    .orElseThrow();
            path.add(highest);
            next = problem.outOf(highest).stream().map(Edge::to).toList();
        }
        return path;
    }

    /** @see "Arabnejad, Barbosa, 2014, section 4, algorithm 1" */
    static Schedule peft(RawProblem problem) throws UnschedulableException {
        double[][] optimistic = Figures.optimisticCosts(problem);
        double[] rank = IntStream.range(0, problem.tasks())
                .mapToDouble(task -> IntStream.range(0, problem.devices())
                                .filter(device -> problem.runs(task, device))
                                .mapToDouble(device -> optimistic[task][device])
                                .reduce(0, Double::sum)
                        / IntStream.range(0, problem.devices())
                                .filter(device -> problem.runs(task, device))
                                .count())
                .toArray();
        return inOrderOf(rank, problem, Room.ANYWHERE, (draft, task) -> {
            int best = NONE;
            double least = Double.POSITIVE_INFINITY;
            for (int device = 0; device < problem.devices(); device++) {
                double outlook = draft.finish(task, device, Room.ANYWHERE) + optimistic[task][device];
                if (outlook < least) {
                    best = device;
                    least = outlook;
                }
            }
            return Draft.required(task, best);
        });
    }

    /**
     * Ours: successors are tried by falling rank, each left in place for the next; inputs that are not placed yet do not
     * count; of equal outlooks the earlier finish of the task itself.
     *
     * @see "Bittencourt, Sakellariou, Madeira, 2010, section III"
     */
    static Schedule lookahead(RawProblem problem) throws UnschedulableException {
        double[] rank = Figures.upwardRanks(problem);
        return inOrderOf(rank, problem, Room.ANYWHERE, (draft, task) -> {
            List<Integer> successors = problem.outOf(task).stream()
                    .map(Edge::to)
                    .sorted(Comparator.comparingDouble((Integer successor) -> -rank[successor])
                            .thenComparing(Comparator.naturalOrder()))
                    .toList();
            return Draft.required(
                    task,
                    IntStream.range(0, problem.devices())
                            .filter(device -> draft.finish(task, device, Room.ANYWHERE) < Double.POSITIVE_INFINITY)
                            .boxed()
                            .min(Comparator.comparingDouble(
                                            (Integer device) -> outlook(draft, task, device, successors))
                                    .thenComparingDouble(device -> draft.finish(task, device, Room.ANYWHERE)))
                            .orElse(NONE));
        });
    }

    private static double outlook(Draft draft, int task, int device, List<Integer> successors) {
        Draft trial = draft.copy();
        trial.place(task, device, Room.ANYWHERE);
        if (successors.isEmpty()) {
            return trial.of(task).finish();
        }
        double last = 0;
        for (int successor : successors) {
            try {
                trial.place(successor, trial.best(successor, Room.ANYWHERE), Room.ANYWHERE);
                last = Math.max(last, trial.of(successor).finish());
            } catch (UnschedulableException nowhere) {
                return Double.POSITIVE_INFINITY;
            }
        }
        return last;
    }

    /** @see "Radulescu, van Gemund, 2000, section 4" */
    static Schedule fcp(RawProblem problem) throws UnschedulableException {
        return inOrderOf(Figures.upwardRanks(problem), problem, Room.AT_THE_END, (draft, task) -> {
            int enabling = enabling(draft, task);
            int freeFirst = freeFirst(draft, task);
            double there = enabling == NONE ? Double.POSITIVE_INFINITY : draft.finish(task, enabling, Room.AT_THE_END);
            double here = freeFirst == NONE ? Double.POSITIVE_INFINITY : draft.finish(task, freeFirst, Room.AT_THE_END);
            if (there == Double.POSITIVE_INFINITY && here == Double.POSITIVE_INFINITY) {
                return draft.best(task, Room.AT_THE_END);
            }
            return there <= here ? enabling : freeFirst;
        });
    }

    /**
     * The device of the predecessor whose data would come last by a mean transfer, the first of equals by edge.
     *
     * @see "Radulescu, van Gemund, 1999, section 3: enabling processor"
     */
    static int enabling(Draft draft, int task) {
        RawProblem problem = draft.problem;
        return problem.into(task).stream()
                .min(Comparator.comparingDouble(
                        edge -> -(draft.of(edge.from()).finish() + problem.transferMean(edge.volume()))))
                .map(edge -> draft.of(edge.from()))
                .map(Assignment::device)
                .orElse(NONE);
    }

    /** Of the devices that can have the task, the one free first; of equals the quickest, then the lowest. */
    static int freeFirst(Draft draft, int task) {
        return IntStream.range(0, draft.problem.devices())
                .filter(device -> draft.finish(task, device, Room.AT_THE_END) < Double.POSITIVE_INFINITY)
                .boxed()
                .min(Comparator.comparingDouble(draft::free)
                        .thenComparingDouble(device -> draft.problem.cost(task, device)))
                .orElse(NONE);
    }
}
