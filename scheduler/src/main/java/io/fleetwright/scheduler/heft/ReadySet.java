package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Schedulers that look at all ready tasks at once: each has a {@link Wish}, and the most urgent one is fulfilled.
 *
 * <p>Placing a task only delays its own device, so just the ready tasks whose wish concerned that device are asked
 * again.
 */
public final class ReadySet implements StaticScheduler {
    /** When a task may be looked at. */
    private enum Admission {
        /** Once its predecessors are placed. */
        INPUTS_PLACED,
        /** Once they are finished, all that are ready at one time together, as an online scheduler sees them. */
        INPUTS_FINISHED
    }

    /** Asks one task. */
    @FunctionalInterface
    private interface Wishes {
        Wish of(PartialSchedule partial, int task) throws UnschedulableException;
    }

    /** Time at which a task may be looked at. */
    private record Arrival(double time, int task) {}

    private final Admission admission;
    private final Function<Problem, Wishes> rule;

    private ReadySet(Admission admission, Function<Problem, Wishes> rule) {
        this.admission = admission;
        this.rule = rule;
    }

    /**
     * The task that can finish first goes first, there.
     *
     * @see "Ibarra, Kim, 1977; Maheswaran et al., 1999, section 4"
     */
    public static ReadySet minMin() {
        return new ReadySet(Admission.INPUTS_PLACED, _ -> ReadySet::soonestFirst);
    }

    /**
     * The task whose earliest finish is the latest goes first, there.
     *
     * @see "Maheswaran et al., 1999, section 4"
     */
    public static ReadySet maxMin() {
        return new ReadySet(Admission.INPUTS_PLACED, _ -> ReadySet::latestFirst);
    }

    /**
     * The task that would lose most by its second-best device goes first.
     *
     * @see "Maheswaran et al., 1999, section 4"
     */
    public static ReadySet sufferage() {
        return new ReadySet(Admission.INPUTS_PLACED, problem -> (partial, task) -> sufferage(problem, partial, task));
    }

    /**
     * Earliest task first by start: the pair of task and device that can start first; of equals the task with the
     * highest static level, and for a task the device that finishes it first.
     *
     * @see "Hwang, Chow, Anger, Lee, 1989"
     */
    public static ReadySet earliestStart() {
        return new ReadySet(Admission.INPUTS_PLACED, problem -> {
            double[] level = StaticLevels.ofMeans(problem);
            return (partial, task) -> earliestStart(problem, partial, task, level[task]);
        });
    }

    /**
     * Earliest task first by finish, at run time: whenever tasks become ready, the pair of them that finishes first.
     *
     * @see "DS3, Arda et al., 2020: scheduler ETF"
     */
    public static ReadySet earliestFinish() {
        return new ReadySet(Admission.INPUTS_FINISHED, _ -> ReadySet::soonestFirst);
    }

    /**
     * Shortest task first, at run time: whenever tasks become ready, the pair of them that executes shortest, however
     * long the queue.
     *
     * @see "DS3, Arda et al., 2020: scheduler STF"
     */
    public static ReadySet shortestTask() {
        return new ReadySet(
                Admission.INPUTS_FINISHED, problem -> (partial, task) -> shortestExecution(problem, partial, task));
    }

    /**
     * Fast load balancing: the task that can start first, on the device its last input comes from or on the one that is
     * free first; of equals the task with the highest upward rank. A task that can have neither comes last, where it
     * finishes first.
     *
     * @see "Radulescu, van Gemund, 1999: FLB, fast load balancing for distributed-memory machines"
     */
    public static ReadySet loadBalancing() {
        return new ReadySet(Admission.INPUTS_PLACED, problem -> {
            double[] rank = Ranks.upward(problem);
            return (partial, task) -> loadBalancing(problem, partial, task, rank[task]);
        });
    }

    /**
     * Dynamic level scheduling: {@code DL(task, device) = level - max(arrival, device free) + (typical - execution)};
     * level and typical time are medians over the devices.
     *
     * @see "Sih, Lee, 1993, equations 1 and 3"
     */
    public static ReadySet dynamicLevel() {
        return new ReadySet(Admission.INPUTS_PLACED, problem -> {
            double[] typical = StaticLevels.medians(problem);
            double[] level = StaticLevels.of(problem, typical);
            return (partial, task) -> dynamicLevel(problem, partial, task, level[task] + typical[task]);
        });
    }

    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        return new Run(problem).toEnd();
    }

    private static Wish soonestFirst(PartialSchedule partial, int task) throws UnschedulableException {
        int device = partial.earliestFinishDevice(task, Insertion.APPEND);
        return new Wish(device, Wish.NONE, -partial.earliestFinish(task, device, Insertion.APPEND), 0);
    }

    private static Wish latestFirst(PartialSchedule partial, int task) throws UnschedulableException {
        int device = partial.earliestFinishDevice(task, Insertion.APPEND);
        return new Wish(device, Wish.NONE, partial.earliestFinish(task, device, Insertion.APPEND), 0);
    }

    private static Wish sufferage(Problem problem, PartialSchedule partial, int task) throws UnschedulableException {
        int device = partial.earliestFinishDevice(task, Insertion.APPEND);
        int second = Wish.NONE;
        double secondFinish = Double.POSITIVE_INFINITY;
        for (int other = 0; other < problem.deviceCount(); other++) {
            double finish = partial.earliestFinish(task, other, Insertion.APPEND);
            if (other != device && finish < secondFinish) {
                second = other;
                secondFinish = finish;
            }
        }
        return new Wish(device, second, secondFinish - partial.earliestFinish(task, device, Insertion.APPEND), 0);
    }

    private static Wish earliestStart(Problem problem, PartialSchedule partial, int task, double level)
            throws UnschedulableException {
        int best = Wish.NONE;
        double bestStart = Double.POSITIVE_INFINITY;
        for (int device = 0; device < problem.deviceCount(); device++) {
            double start = partial.earliestStart(task, device, Insertion.APPEND);
            if (start < bestStart
                    || (best != Wish.NONE
                            && start == bestStart
                            && problem.costs().executionTime(task, device)
                                    < problem.costs().executionTime(task, best))) {
                best = device;
                bestStart = start;
            }
        }
        return wish(partial, task, best, -bestStart, level);
    }

    private static Wish shortestExecution(Problem problem, PartialSchedule partial, int task)
            throws UnschedulableException {
        int best = Wish.NONE;
        double shortest = Double.POSITIVE_INFINITY;
        for (int device = 0; device < problem.deviceCount(); device++) {
            double execution = problem.costs().executionTime(task, device);
            if (execution < shortest
                    && partial.earliestStart(task, device, Insertion.APPEND) < Double.POSITIVE_INFINITY) {
                best = device;
                shortest = execution;
            }
        }
        return wish(partial, task, best, -shortest, 0);
    }

    private static Wish loadBalancing(Problem problem, PartialSchedule partial, int task, double rank)
            throws UnschedulableException {
        int enabling = TwoDevices.enabling(problem, partial, task);
        int freeFirst = TwoDevices.freeFirst(problem, partial, task);
        double there = TwoDevices.start(partial, task, enabling);
        double here = TwoDevices.start(partial, task, freeFirst);
        if (Math.min(there, here) == Double.POSITIVE_INFINITY) {
            int device = partial.earliestFinishDevice(task, Insertion.APPEND);
            return new Wish(device, Wish.NONE, Double.NEGATIVE_INFINITY, rank);
        }
        return there < here ? new Wish(enabling, freeFirst, -there, rank) : new Wish(freeFirst, enabling, -here, rank);
    }

    private static Wish dynamicLevel(Problem problem, PartialSchedule partial, int task, double levelAndTypical)
            throws UnschedulableException {
        int best = Wish.NONE;
        double bestLevel = Double.NEGATIVE_INFINITY;
        for (int device = 0; device < problem.deviceCount(); device++) {
            double level = levelAndTypical - partial.earliestFinish(task, device, Insertion.APPEND);
            if (level > bestLevel) {
                best = device;
                bestLevel = level;
            }
        }
        return wish(partial, task, best, bestLevel, 0);
    }

    private static Wish wish(PartialSchedule partial, int task, int device, double urgency, double tieBreak)
            throws UnschedulableException {
        if (device == Wish.NONE) {
            throw partial.unplaceable(task);
        }
        return new Wish(device, Wish.NONE, urgency, tieBreak);
    }

    private final class Run {
        private final TaskGraph graph;
        private final PartialSchedule partial;
        private final Wishes wishes;
        private final int[] waitingFor;
        private final double[] readyTime;
        private final PriorityQueue<Arrival> arriving =
                new PriorityQueue<>(Comparator.comparingDouble(Arrival::time).thenComparingInt(Arrival::task));
        private final List<Integer> ready = new ArrayList<>();
        private final @Nullable Wish[] wishOf;

        Run(Problem problem) {
            graph = problem.graph();
            partial = new PartialSchedule(problem);
            wishes = rule.apply(problem);
            waitingFor = new int[graph.taskCount()];
            readyTime = new double[graph.taskCount()];
            wishOf = new @Nullable Wish[graph.taskCount()];
        }

        Schedule toEnd() throws UnschedulableException {
            for (int task = 0; task < graph.taskCount(); task++) {
                waitingFor[task] = graph.inEnd(task) - graph.inBegin(task);
                if (waitingFor[task] == 0) {
                    arriving.add(new Arrival(0, task));
                }
            }
            double now = 0;
            while (admitUntil(now)) {
                if (ready.isEmpty()) {
                    now = arriving.element().time();
                    continue;
                }
                int task = takeMostUrgent();
                int device = wishOf(task).device();
                partial.place(task, device, Insertion.APPEND);
                for (int other : ready) {
                    if (wishOf(other).concerns(device)) {
                        wishOf[other] = wishes.of(partial, other);
                    }
                }
                release(task);
            }
            return partial.toSchedule();
        }

        /** Whether there is anything left to do. */
        private boolean admitUntil(double now) throws UnschedulableException {
            while (!arriving.isEmpty() && arriving.element().time() <= now) {
                int task = arriving.remove().task();
                wishOf[task] = wishes.of(partial, task);
                ready.add(task);
            }
            return !ready.isEmpty() || !arriving.isEmpty();
        }

        private int takeMostUrgent() {
            int best = 0;
            for (int i = 1; i < ready.size(); i++) {
                Wish wish = wishOf(ready.get(i));
                Wish bestWish = wishOf(ready.get(best));
                if (wish.isMoreUrgentThan(bestWish)
                        || (wish.isAsUrgentAs(bestWish) && ready.get(i) < ready.get(best))) {
                    best = i;
                }
            }
            int task = ready.get(best);
            ready.set(best, ready.getLast());
            ready.removeLast();
            return task;
        }

        private void release(int task) {
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                int successor = graph.outTask(e);
                if (admission == Admission.INPUTS_FINISHED) {
                    readyTime[successor] = Math.max(readyTime[successor], partial.finish(task));
                }
                if (--waitingFor[successor] == 0) {
                    arriving.add(new Arrival(readyTime[successor], successor));
                }
            }
        }

        private Wish wishOf(int task) {
            Wish wish = wishOf[task];
            if (wish == null) {
                throw new IllegalStateException("task %d was not asked".formatted(task));
            }
            return wish;
        }
    }
}
