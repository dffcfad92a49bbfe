package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.DuplicatingSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * HEFT that may run a predecessor again beside its successor, as long as that lets the successor start earlier: heavy
 * transfers are computed instead of sent. Only direct predecessors are repeated, the one whose data comes last first.
 *
 * <p>The answer may list a task several times, so it is no answer to a problem in which each task runs once.
 *
 * @see "Bansal, Kumar, Singh, 2005: heterogeneous limited duplication (HLD)"
 */
public final class LimitedDuplication implements StaticScheduler {
    private static final int NONE = -1;

    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        return new Run(problem).toEnd();
    }

    private static final class Run {
        private final Problem problem;
        private final TaskGraph graph;
        private final DuplicatingSchedule partial;

        Run(Problem problem) {
            this.problem = problem;
            graph = problem.graph();
            partial = new DuplicatingSchedule(problem);
        }

        Schedule toEnd() throws UnschedulableException {
            for (int task : PriorityOrder.of(graph, Ranks.upward(problem))) {
                int device = choose(task);
                duplicateFor(task, device);
                partial.place(task, device);
            }
            return partial.toSchedule();
        }

        private int choose(int task) throws UnschedulableException {
            int best = NONE;
            double bestFinish = Double.POSITIVE_INFINITY;
            for (int device = 0; device < problem.deviceCount(); device++) {
                if (!problem.costs().canRun(task, device)) {
                    continue;
                }
                Deque<Integer> repeated = duplicateFor(task, device);
                double finish =
                        partial.earliestStart(task, device) + problem.costs().executionTime(task, device);
                repeated.forEach(partial::withdraw);
                if (finish < bestFinish) {
                    best = device;
                    bestFinish = finish;
                }
            }
            if (best == NONE) {
                throw new UnschedulableException(
                        "task %d ('%s') can be reached by its inputs on no device".formatted(task, graph.name(task)));
            }
            return best;
        }

        /** Repeats predecessors on {@code device} while that helps; those repeated, the newest first. */
        private Deque<Integer> duplicateFor(int task, int device) throws UnschedulableException {
            Deque<Integer> repeated = new ArrayDeque<>();
            double start = partial.earliestStart(task, device);
            while (true) {
                int last = lastToArrive(task, device);
                if (last == NONE || partial.earliestStart(last, device) == Double.POSITIVE_INFINITY) {
                    return repeated;
                }
                partial.place(last, device);
                double sooner = partial.earliestStart(task, device);
                if (!(sooner < start)) {
                    partial.withdraw(last);
                    return repeated;
                }
                repeated.push(last);
                start = sooner;
            }
        }

        /** The predecessor that holds {@code task} back on {@code device}; none if that one runs there already. */
        private int lastToArrive(int task, int device) {
            int last = NONE;
            double latest = Double.NEGATIVE_INFINITY;
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                double arrival = partial.arrival(e, device);
                if (arrival > latest) {
                    last = graph.inTask(e);
                    latest = arrival;
                }
            }
            return last == NONE || partial.runsOn(last, device) ? NONE : last;
        }
    }
}
