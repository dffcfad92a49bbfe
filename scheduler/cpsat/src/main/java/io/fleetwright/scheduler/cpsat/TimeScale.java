package io.fleetwright.scheduler.cpsat;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import java.util.function.DoublePredicate;

/**
 * Times as whole numbers, rounded down, so that what no schedule of the rounded problem can reach, none of the real one
 * can.
 *
 * @param unitsPerTime 1, 10, 100 or 1000 if that makes all times whole; else so that a makespan has some millions
 */
record TimeScale(double unitsPerTime) {
    private static final double[] DECIMALS = {1, 10, 100, 1000};
    private static final double WHOLE_MAX = 1e8;
    private static final double ROUNDED_UNITS = 1e7;

    static TimeScale of(Problem problem, double makespan) {
        for (double scale : DECIMALS) {
            if (makespan * scale <= WHOLE_MAX && all(problem, time -> time * scale == Math.rint(time * scale))) {
                return new TimeScale(scale);
            }
        }
        return new TimeScale(ROUNDED_UNITS / Math.max(makespan, Double.MIN_NORMAL));
    }

    /** Whole units, never more than {@code time}. */
    long down(double time) {
        return (long) Math.floor(time * unitsPerTime);
    }

    /** Whole units, never less than {@code time}. */
    long up(double time) {
        return (long) Math.ceil(time * unitsPerTime);
    }

    private static boolean all(Problem problem, DoublePredicate test) {
        TaskGraph graph = problem.graph();
        for (int device = 0; device < problem.deviceCount(); device++) {
            if (!test.test(problem.platform().device(device).readyTime())) {
                return false;
            }
            for (int task = 0; task < problem.taskCount(); task++) {
                double execution = problem.costs().executionTime(task, device);
                if (execution < CostTable.CANNOT_RUN && !test.test(execution)) {
                    return false;
                }
                for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                    for (int to = 0; to < problem.deviceCount(); to++) {
                        double transfer = problem.platform().links().transferTime(graph.inVolume(e), device, to);
                        if (transfer < Double.POSITIVE_INFINITY && !test.test(transfer)) {
                            return false;
                        }
                    }
                }
            }
        }
        return true;
    }
}
