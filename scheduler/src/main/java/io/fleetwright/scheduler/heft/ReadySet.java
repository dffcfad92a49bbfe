package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;

/**
 * Min-min and max-min over the ready tasks: each has a best earliest finish; the task with the least, or the greatest,
 * of these goes next, the lowest id among equals.
 *
 * <p>Placing a task only delays its own device, so just the ready tasks that wanted that device are looked at again.
 *
 * @see "Ibarra, Kim, 1977; Maheswaran et al., 1999, section 4"
 */
public final class ReadySet implements StaticScheduler {
    public enum Next {
        MIN_MIN,
        MAX_MIN
    }

    private final Next next;

    public ReadySet(Next next) {
        this.next = next;
    }

    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        return new Run(problem).toEnd();
    }

    private final class Run {
        private final TaskGraph graph;
        private final PartialSchedule partial;
        private final int[] waitingFor;
        private final int[] wanted;
        private final double[] finish;
        private final int[] ready;
        private int readyCount;

        Run(Problem problem) {
            graph = problem.graph();
            partial = new PartialSchedule(problem);
            waitingFor = new int[graph.taskCount()];
            wanted = new int[graph.taskCount()];
            finish = new double[graph.taskCount()];
            ready = new int[graph.taskCount()];
        }

        Schedule toEnd() throws UnschedulableException {
            for (int task = 0; task < graph.taskCount(); task++) {
                waitingFor[task] = graph.inEnd(task) - graph.inBegin(task);
                if (waitingFor[task] == 0) {
                    admit(task);
                }
            }
            while (readyCount > 0) {
                int at = pick();
                int task = ready[at];
                ready[at] = ready[--readyCount];
                partial.place(task, wanted[task], Insertion.APPEND);
                for (int i = 0; i < readyCount; i++) {
                    if (wanted[ready[i]] == wanted[task]) {
                        estimate(ready[i]);
                    }
                }
                for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                    if (--waitingFor[graph.outTask(e)] == 0) {
                        admit(graph.outTask(e));
                    }
                }
            }
            return partial.toSchedule();
        }

        private int pick() {
            int best = 0;
            for (int i = 1; i < readyCount; i++) {
                int order = Double.compare(finish[ready[i]], finish[ready[best]]);
                boolean before = switch (next) {
                    case MIN_MIN -> order < 0;
                    case MAX_MIN -> order > 0;
                };
                if (before || (order == 0 && ready[i] < ready[best])) {
                    best = i;
                }
            }
            return best;
        }

        private void admit(int task) throws UnschedulableException {
            ready[readyCount++] = task;
            estimate(task);
        }

        private void estimate(int task) throws UnschedulableException {
            wanted[task] = partial.earliestFinishDevice(task, Insertion.APPEND);
            finish[task] = partial.earliestFinish(task, wanted[task], Insertion.APPEND);
        }
    }
}
