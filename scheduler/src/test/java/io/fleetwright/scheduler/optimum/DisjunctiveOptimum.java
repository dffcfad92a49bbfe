package io.fleetwright.scheduler.optimum;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The least makespan by another way than the searches: every choice of a device for each task, and for each pair of tasks
 * of one device every choice of which is first; the makespan of a choice is its longest path, and a choice with a cycle is
 * none. For up to six tasks.
 *
 * @see "Roy, Sussmann, 1964: disjunctive graphs"
 */
final class DisjunctiveOptimum {
    private static final double NEVER = Double.POSITIVE_INFINITY;

    private final Problem problem;
    private final TaskGraph graph;
    private final int tasks;
    private final int[] device;
    /** {@code [from][to]}: time from the end of one task to the start of the other at the least; negative for no arc. */
    private final double[][] arc;

    private double least = NEVER;

    private DisjunctiveOptimum(Problem problem) {
        this.problem = problem;
        graph = problem.graph();
        tasks = problem.taskCount();
        device = new int[tasks];
        arc = new double[tasks][tasks];
    }

    /** Infinite if there is no schedule. */
    static double of(Problem problem) {
        var search = new DisjunctiveOptimum(problem);
        search.assign(0);
        return search.least;
    }

    private void assign(int task) {
        if (task < tasks) {
            for (device[task] = 0; device[task] < problem.deviceCount(); device[task]++) {
                if (problem.costs().canRun(task, device[task])) {
                    assign(task + 1);
                }
            }
            return;
        }
        for (double[] row : arc) {
            Arrays.fill(row, -1);
        }
        for (int from = 0; from < tasks; from++) {
            for (int e = graph.outBegin(from); e < graph.outEnd(from); e++) {
                int to = graph.outTask(e);
                arc[from][to] = problem.platform().links().transferTime(graph.outVolume(e), device[from], device[to]);
            }
        }
        List<int[]> pairs = new ArrayList<>();
        for (int one = 0; one < tasks; one++) {
            for (int other = one + 1; other < tasks; other++) {
                if (device[one] == device[other] && arc[one][other] < 0 && arc[other][one] < 0) {
                    pairs.add(new int[] {one, other});
                }
            }
        }
        orient(pairs, 0);
    }

    private void orient(List<int[]> pairs, int next) {
        if (next == pairs.size()) {
            least = Math.min(least, longestPath());
            return;
        }
        int[] pair = pairs.get(next);
        arc[pair[0]][pair[1]] = 0;
        orient(pairs, next + 1);
        arc[pair[0]][pair[1]] = -1;
        arc[pair[1]][pair[0]] = 0;
        orient(pairs, next + 1);
        arc[pair[1]][pair[0]] = -1;
    }

    /** By relaxing all arcs as often as there are tasks; if that does not settle them there is a cycle. */
    private double longestPath() {
        double[] finish = new double[tasks];
        for (int task = 0; task < tasks; task++) {
            finish[task] = problem.platform().device(device[task]).readyTime() + cost(task);
        }
        for (int round = 0; round <= tasks; round++) {
            boolean settled = true;
            for (int from = 0; from < tasks; from++) {
                for (int to = 0; to < tasks; to++) {
                    double through = finish[from] + arc[from][to] + cost(to);
                    if (arc[from][to] >= 0 && through > finish[to]) {
                        finish[to] = through;
                        settled = false;
                    }
                }
            }
            if (settled) {
                return Arrays.stream(finish).max().orElseThrow();
            }
        }
        return NEVER;
    }

    private double cost(int task) {
        return problem.costs().executionTime(task, device[task]);
    }
}
