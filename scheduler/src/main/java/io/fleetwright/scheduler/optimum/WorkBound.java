package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import java.util.Arrays;
import java.util.Comparator;

/**
 * A bound from the amount of work: whatever the weights {@code w >= 0} of the devices, a schedule that ends at {@code C}
 * has {@code sum_p w[p] max(0, C - ready[p]) >= sum_t min_p w[p] cost(t, p)}. Without ready times this is the dual of
 * sharing the work out in fractions.
 *
 * <p>Multiplicative steps towards equal loads look for good weights; devices of one kind share theirs.
 */
final class WorkBound {
    private static final int STEPS = 200;
    /** Cells of tasks x device kinds beyond which one step must do. */
    private static final int CELLS_MAX = 1 << 20;

    private final Problem problem;
    private final CostTable costs;
    private final int kinds;
    private final Integer[] byReadyTime;

    private WorkBound(Problem problem) {
        this.problem = problem;
        costs = problem.costs();
        kinds = costs.deviceKindCount();
        byReadyTime = new Integer[problem.deviceCount()];
        Arrays.setAll(byReadyTime, device -> device);
        Arrays.sort(byReadyTime, Comparator.comparingDouble(this::readyTime));
    }

    /** The weight of each device under which the bound is best, as far as a bounded search found. */
    static double[] weights(Problem problem) {
        var bound = new WorkBound(problem);
        double[] ofKind = bound.search();
        double[] weights = new double[problem.deviceCount()];
        Arrays.setAll(weights, device -> ofKind[bound.costs.deviceKind(device)]);
        return weights;
    }

    static double of(Problem problem) {
        var bound = new WorkBound(problem);
        return bound.value(bound.search(), new double[bound.kinds]);
    }

    private double[] search() {
        double[] weights = initial();
        double[] best = weights.clone();
        double[] load = new double[kinds];
        double bestValue = value(weights, load);
        int steps = (long) problem.taskCount() * kinds > CELLS_MAX ? 0 : STEPS;
        for (int step = 0; step < steps; step++) {
            double longest = Math.max(Arrays.stream(load).max().orElse(0), Double.MIN_NORMAL);
            for (int kind = 0; kind < kinds; kind++) {
                weights[kind] *= Math.exp((load[kind] / longest - 0.5) / (2 + 0.5 * step));
            }
            normalize(weights);
            double value = value(weights, load);
            if (value > bestValue) {
                bestValue = value;
                best = weights.clone();
            }
        }
        return best;
    }

    /** In proportion to how close each kind comes to the fastest, summed over the tasks: exact for uniform speeds. */
    private double[] initial() {
        double[] weights = new double[kinds];
        for (int task = 0; task < problem.taskCount(); task++) {
            double least = Double.POSITIVE_INFINITY;
            for (int kind = 0; kind < kinds; kind++) {
                if (costs.deviceKindMembers(kind) > 0) {
                    least = Math.min(least, costs.executionTimeOnKind(task, kind));
                }
            }
            for (int kind = 0; kind < kinds; kind++) {
                double cost = costs.executionTimeOnKind(task, kind);
                weights[kind] += cost > 0 ? least / cost : 1;
            }
        }
        normalize(weights);
        return weights;
    }

    private void normalize(double[] weights) {
        double sum = 0;
        for (int kind = 0; kind < kinds; kind++) {
            weights[kind] = costs.deviceKindMembers(kind) == 0 ? 0 : Math.max(weights[kind], 1e-12);
            sum += weights[kind] * costs.deviceKindMembers(kind);
        }
        for (int kind = 0; kind < kinds; kind++) {
            weights[kind] /= sum;
        }
    }

    /** The bound under {@code weights}; fills the load per device of each kind. */
    private double value(double[] weights, double[] load) {
        double work = 0;
        Arrays.fill(load, 0);
        for (int task = 0; task < problem.taskCount(); task++) {
            int at = -1;
            double least = Double.POSITIVE_INFINITY;
            for (int kind = 0; kind < kinds; kind++) {
                double cost = costs.executionTimeOnKind(task, kind);
                if (weights[kind] > 0 && cost < CostTable.CANNOT_RUN && weights[kind] * cost < least) {
                    at = kind;
                    least = weights[kind] * cost;
                }
            }
            if (at >= 0) {
                work += least;
                load[at] += costs.executionTimeOnKind(task, at) / costs.deviceKindMembers(at);
            }
        }
        return endOf(work, weights);
    }

    /** When devices that start as they become ready have done {@code work}. */
    private double endOf(double work, double[] weights) {
        double rate = 0;
        double end = readyTime(byReadyTime[0]);
        double left = work;
        for (int device : byReadyTime) {
            double done = rate * (readyTime(device) - end);
            if (done > left) {
                break;
            }
            left -= done;
            end = readyTime(device);
            rate += weights[costs.deviceKind(device)];
        }
        return end + left / rate;
    }

    private double readyTime(int device) {
        return problem.platform().device(device).readyTime();
    }
}
