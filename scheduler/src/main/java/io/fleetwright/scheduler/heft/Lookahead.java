package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.MissingInputs;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * HEFT that looks one step ahead: a task goes where the last of its successors, each tried on its own best device after
 * it, would finish first. An input of a successor that is not placed yet counts as being there. Of equals, the device
 * where the task itself finishes first, then the lowest.
 *
 * @see "Bittencourt, Sakellariou, Madeira, 2010, section III"
 */
public final class Lookahead implements StaticScheduler {
    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        return new Run(problem).toEnd();
    }

    private static final class Run {
        private final Problem problem;
        private final TaskGraph graph;
        private final double[] rank;
        private final PartialSchedule partial;

        Run(Problem problem) {
            this.problem = problem;
            graph = problem.graph();
            rank = Ranks.upward(problem);
            partial = new PartialSchedule(problem, MissingInputs.IGNORED);
        }

        Schedule toEnd() throws UnschedulableException {
            for (int task : PriorityOrder.of(graph, rank)) {
                partial.place(task, choose(task), Insertion.FILL_GAPS);
            }
            return partial.toSchedule();
        }

        private int choose(int task) throws UnschedulableException {
            int[] successors = successorsByRank(task);
            int best = -1;
            double bestOutlook = Double.POSITIVE_INFINITY;
            double bestFinish = Double.POSITIVE_INFINITY;
            for (int device = 0; device < problem.deviceCount(); device++) {
                double finish = partial.earliestFinish(task, device, Insertion.FILL_GAPS);
                if (finish == Double.POSITIVE_INFINITY) {
                    continue;
                }
                double outlook = successors.length == 0 ? finish : lastSuccessorFinish(task, device, successors);
                if (best < 0 || outlook < bestOutlook || (outlook == bestOutlook && finish < bestFinish)) {
                    best = device;
                    bestOutlook = outlook;
                    bestFinish = finish;
                }
            }
            if (best < 0) {
                throw partial.unplaceable(task);
            }
            return best;
        }

        private int[] successorsByRank(int task) {
            return IntStream.range(graph.outBegin(task), graph.outEnd(task))
                    .map(graph::outTask)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer successor) -> -rank[successor])
                            .thenComparing(Comparator.naturalOrder()))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }

        /** Infinite when a successor could run nowhere. Leaves the schedule as it was. */
        private double lastSuccessorFinish(int task, int device, int[] successors) throws UnschedulableException {
            partial.place(task, device, Insertion.FILL_GAPS);
            double last = 0;
            int tried = 0;
            while (tried < successors.length && last < Double.POSITIVE_INFINITY) {
                int successor = successors[tried];
                try {
                    partial.place(
                            successor,
                            partial.earliestFinishDevice(successor, Insertion.FILL_GAPS),
                            Insertion.FILL_GAPS);
                    last = Math.max(last, partial.finish(successor));
                    tried++;
                } catch (UnschedulableException _) {
                    last = Double.POSITIVE_INFINITY;
                }
            }
            while (tried > 0) {
                partial.withdraw(successors[--tried]);
            }
            partial.withdraw(task);
            return last;
        }
    }
}
