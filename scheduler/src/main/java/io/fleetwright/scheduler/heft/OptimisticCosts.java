package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import java.util.function.DoubleUnaryOperator;

/**
 * PEFT's optimistic cost table: the time still to come after a task, if every later task got its best device.
 *
 * <p>{@code OCT(t, p) = max over successors s of min over devices w of (OCT(s, w) + cost(s, w) + (w = p ? 0 : mean
 * transfer))}. Staying on {@code p} is never dearer than the same cost plus a transfer, so the inner minimum is that of
 * staying and of the best device plus the transfer, and it depends on {@code p} only by its kind.
 *
 * @see "Arabnejad, Barbosa, 2014, equation 5"
 */
public final class OptimisticCosts {
    private final CostTable costs;
    private final int kinds;
    private final double[] remaining;

    /** The table of PEFT, with mean transfer times. */
    public OptimisticCosts(Problem problem) {
        this(problem, problem.platform().links()::transferTimeMean);
    }

    /** The same with other transfer times by volume; with the least ones it is a lower bound. */
    public OptimisticCosts(Problem problem, DoubleUnaryOperator transferTime) {
        costs = problem.costs();
        kinds = costs.deviceKindCount();
        TaskGraph graph = problem.graph();
        remaining = new double[Math.multiplyExact(graph.taskCount(), kinds)];
        for (int position = graph.taskCount() - 1; position >= 0; position--) {
            int task = graph.topologicalTask(position);
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                raise(task, graph.outTask(e), transferTime.applyAsDouble(graph.outVolume(e)));
            }
        }
    }

    private void raise(int task, int successor, double transfer) {
        double best = Double.POSITIVE_INFINITY;
        for (int kind = 0; kind < kinds; kind++) {
            if (costs.deviceKindMembers(kind) > 0) {
                best = Math.min(best, throughSuccessor(successor, kind));
            }
        }
        for (int kind = 0; kind < kinds; kind++) {
            double cheapest = Math.min(best + transfer, throughSuccessor(successor, kind));
            remaining[task * kinds + kind] = Math.max(remaining[task * kinds + kind], cheapest);
        }
    }

    private double throughSuccessor(int successor, int kind) {
        return remaining[successor * kinds + kind] + costs.executionTimeOnKind(successor, kind);
    }

    /** {@code OCT(task, device)}. */
    public double afterTask(int task, int device) {
        return remaining[task * kinds + costs.deviceKind(device)];
    }

    /** Mean over the devices that run each task: PEFT's priority. */
    double[] ranks() {
        double[] rank = new double[costs.taskCount()];
        for (int task = 0; task < rank.length; task++) {
            double sum = 0;
            long devices = 0;
            for (int kind = 0; kind < kinds; kind++) {
                if (costs.executionTimeOnKind(task, kind) < CostTable.CANNOT_RUN) {
                    sum += remaining[task * kinds + kind] * costs.deviceKindMembers(kind);
                    devices += costs.deviceKindMembers(kind);
                }
            }
            rank[task] = sum / devices;
        }
        return rank;
    }
}
