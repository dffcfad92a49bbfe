package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import java.util.Arrays;

/** Longest path of execution times from each task, itself included, to an exit; transfers are left out. */
final class StaticLevels {
    private StaticLevels() {}

    static double[] ofMeans(Problem problem) {
        double[] mean = new double[problem.taskCount()];
        Arrays.setAll(mean, problem.costs()::executionTimeMean);
        return of(problem, mean);
    }

    static double[] of(Problem problem, double[] execution) {
        TaskGraph graph = problem.graph();
        double[] level = new double[graph.taskCount()];
        for (int position = graph.taskCount() - 1; position >= 0; position--) {
            int task = graph.topologicalTask(position);
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                level[task] = Math.max(level[task], level[graph.outTask(e)]);
            }
            level[task] += execution[task];
        }
        return level;
    }

    /**
     * Median execution time over all devices; the longest finite one where the median device does not run the task.
     *
     * @see "Sih, Lee, 1993, section IV-A: adjusted median"
     */
    static double[] medians(Problem problem) {
        double[] medians = new double[problem.taskCount()];
        double[] row = new double[problem.deviceCount()];
        for (int task = 0; task < medians.length; task++) {
            for (int device = 0; device < row.length; device++) {
                row[device] = problem.costs().executionTime(task, device);
            }
            Arrays.sort(row);
            int finite = row.length;
            while (row[finite - 1] == CostTable.CANNOT_RUN) {
                finite--;
            }
            double median = (row[(row.length - 1) / 2] + row[row.length / 2]) / 2;
            medians[task] = median < CostTable.CANNOT_RUN ? median : row[finite - 1];
        }
        return medians;
    }
}
