package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Depth-first search over all schedules in which each task starts as early as its place in the order allows; one of them
 * is optimal. A branch is cut when
 *
 * <ul>
 *   <li>the longest chain through what is left, or the work left, shows that it cannot beat the best schedule known;
 *   <li>an earlier branch placed the same tasks, those that still feed others on the same devices, and is nowhere later;
 *   <li>a like device of lower number is still unused.
 * </ul>
 */
final class BranchAndBound {
    static final int TASKS_MAX = 62;
    static final int DEVICES_MAX = 64;

    private static final int STATES_MAX = 1 << 20;
    private static final int RIVALS_MAX = 16;
    /** A branch must be better by more than rounding. */
    private static final double TOLERANCE = 1e-9;

    /** A next step; {@code bound} is the least makespan through it. */
    private record Branch(int task, int device, double finish, double bound) {}

    private final TaskGraph graph;
    private final CostTable costs;
    private final Links links;
    private final int tasks;
    private final int devices;
    private final RemainingTimes remaining;
    private final double[] weight;
    private final double[] leastWeightedWork;
    private final long stepsMax;
    private final int[] deviceOf;
    private final double[] start;
    private final double[] finish;
    private final double[] free;
    private final boolean[] used;
    private final double[][] earliest;
    private final Map<String, List<double[]>> seen = new HashMap<>();
    private Schedule best;
    private long steps;

    private BranchAndBound(Problem problem, Schedule known, long stepsMax) {
        this.stepsMax = stepsMax;
        best = known;
        graph = problem.graph();
        costs = problem.costs();
        links = problem.platform().links();
        tasks = problem.taskCount();
        devices = problem.deviceCount();
        remaining = new RemainingTimes(problem);
        weight = WorkBound.weights(problem);
        leastWeightedWork = new double[tasks];
        for (int task = 0; task < tasks; task++) {
            double least = Double.POSITIVE_INFINITY;
            for (int device = 0; device < devices; device++) {
                if (costs.canRun(task, device)) {
                    least = Math.min(least, weight[device] * costs.executionTime(task, device));
                }
            }
            leastWeightedWork[task] = least;
        }
        deviceOf = new int[tasks];
        start = new double[tasks];
        finish = new double[tasks];
        free = new double[devices];
        for (int device = 0; device < devices; device++) {
            free[device] = problem.platform().device(device).readyTime();
        }
        used = new boolean[devices];
        earliest = new double[tasks][devices];
    }

    static boolean canTake(Problem problem) {
        return problem.taskCount() <= TASKS_MAX && problem.deviceCount() <= DEVICES_MAX;
    }

    /** The best schedule there is, or, after {@code stepsMax} partial schedules, the best found and a lower bound. */
    static Solution solve(Problem problem, Schedule known, long stepsMax) {
        var search = new BranchAndBound(problem, known, stepsMax);
        double bound = LowerBounds.of(problem);
        if (!new Solution(known, bound).proven()) {
            search.extend(0, 0);
        }
        boolean complete = search.steps < stepsMax;
        return new Solution(search.best, complete ? search.best.makespan() : bound);
    }

    private void extend(long placedSet, double makespan) {
        if (placedSet == (1L << tasks) - 1) {
            keepIfBetter(makespan);
            return;
        }
        if (steps >= stepsMax) {
            return;
        }
        steps++;
        if (!canWin(bound(placedSet, makespan)) || isDominated(placedSet, makespan)) {
            return;
        }
        for (Branch branch : branches(placedSet, makespan)) {
            if (!canWin(branch.bound())) {
                return;
            }
            int device = branch.device();
            double freeBefore = free[device];
            boolean usedBefore = used[device];
            deviceOf[branch.task()] = device;
            start[branch.task()] = Math.max(freeBefore, arrival(branch.task(), device, placedSet));
            finish[branch.task()] = branch.finish();
            free[device] = branch.finish();
            used[device] = true;
            extend(placedSet | 1L << branch.task(), Math.max(makespan, branch.finish()));
            free[device] = freeBefore;
            used[device] = usedBefore;
        }
    }

    private boolean canWin(double bound) {
        return bound < best.makespan() - TOLERANCE * Math.max(1, best.makespan());
    }

    /** The next steps, the most promising first. */
    private List<Branch> branches(long placedSet, double makespan) {
        List<Branch> branches = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            if (isPlaced(task, placedSet) || !inputsPlaced(task, placedSet)) {
                continue;
            }
            for (int device = 0; device < devices; device++) {
                double end = earliest[task][device];
                if (end < Double.POSITIVE_INFINITY && !hasUnusedTwin(device)) {
                    branches.add(
                            new Branch(task, device, end, Math.max(makespan, end + remaining.after(task, device))));
                }
            }
        }
        branches.sort(Comparator.comparingDouble(Branch::bound).thenComparingDouble(Branch::finish));
        return branches;
    }

    /** Least makespan of any completion; leaves in {@code earliest} when each open task can end on each device. */
    private double bound(long placedSet, double makespan) {
        double bound = makespan;
        double work = 0;
        double capacity = 0;
        for (int device = 0; device < devices; device++) {
            capacity += weight[device] * Math.max(0, best.makespan() - free[device]);
        }
        for (int position = 0; position < tasks; position++) {
            int task = graph.topologicalTask(position);
            if (isPlaced(task, placedSet)) {
                continue;
            }
            work += leastWeightedWork[task];
            double least = Double.POSITIVE_INFINITY;
            for (int device = 0; device < devices; device++) {
                double execution = costs.executionTime(task, device);
                double end = execution == CostTable.CANNOT_RUN
                        ? execution
                        : Math.max(free[device], arrival(task, device, placedSet)) + execution;
                earliest[task][device] = end;
                least = Math.min(least, end + remaining.after(task, device));
            }
            bound = Math.max(bound, least);
        }
        return work < capacity ? bound : Math.max(bound, best.makespan());
    }

    private double arrival(int task, int device, long placedSet) {
        double arrival = 0;
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            int from = graph.inTask(e);
            double volume = graph.inVolume(e);
            double first;
            if (isPlaced(from, placedSet)) {
                first = finish[from] + links.transferTime(volume, deviceOf[from], device);
            } else {
                first = Double.POSITIVE_INFINITY;
                for (int source = 0; source < devices; source++) {
                    first = Math.min(first, earliest[from][source] + links.transferTime(volume, source, device));
                }
            }
            arrival = Math.max(arrival, first);
        }
        return arrival;
    }

    /** Whether an earlier state makes this one useless; remembers it otherwise. */
    private boolean isDominated(long placedSet, double makespan) {
        var key = new StringBuilder(tasks + 4);
        for (int shift = 0; shift < Long.SIZE; shift += Character.SIZE) {
            key.append((char) (placedSet >>> shift));
        }
        double[] times = Arrays.copyOf(free, devices + 1 + tasks);
        times[devices] = makespan;
        int size = devices + 1;
        for (int task = 0; task < tasks; task++) {
            if (isPlaced(task, placedSet) && feedsOpenTask(task, placedSet)) {
                key.append((char) deviceOf[task]);
                times[size++] = finish[task];
            }
        }
        List<double[]> rivals = seen.get(key.toString());
        if (rivals == null) {
            if (seen.size() < STATES_MAX) {
                seen.put(key.toString(), new ArrayList<>(List.of(Arrays.copyOf(times, size))));
            }
            return false;
        }
        for (double[] rival : rivals) {
            if (isNowhereLater(rival, times)) {
                return true;
            }
        }
        if (rivals.size() < RIVALS_MAX) {
            rivals.add(Arrays.copyOf(times, size));
        }
        return false;
    }

    private static boolean isNowhereLater(double[] rival, double[] times) {
        for (int i = 0; i < rival.length; i++) {
            if (rival[i] > times[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean hasUnusedTwin(int device) {
        if (used[device]) {
            return false;
        }
        for (int twin = 0; twin < device; twin++) {
            if (!used[twin]
                    && free[twin] == free[device]
                    && links.zoneOf(twin) == links.zoneOf(device)
                    && costs.deviceKind(twin) == costs.deviceKind(device)) {
                return true;
            }
        }
        return false;
    }

    private void keepIfBetter(double makespan) {
        if (!canWin(makespan)) {
            return;
        }
        List<Assignment> assignments = new ArrayList<>(tasks);
        for (int task = 0; task < tasks; task++) {
            assignments.add(new Assignment(task, deviceOf[task], start[task], finish[task]));
        }
        best = Schedule.of(assignments);
    }

    private static boolean isPlaced(int task, long placedSet) {
        return (placedSet & 1L << task) != 0;
    }

    private boolean inputsPlaced(int task, long placedSet) {
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            if (!isPlaced(graph.inTask(e), placedSet)) {
                return false;
            }
        }
        return true;
    }

    private boolean feedsOpenTask(int task, long placedSet) {
        for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
            if (!isPlaced(graph.outTask(e), placedSet)) {
                return true;
            }
        }
        return false;
    }
}
