package io.fleetwright.scheduler.gantt;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Ranks;
import io.fleetwright.scheduler.plan.Problem;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Splits a graph into paths of tasks that follow each other, so that a chart shows what waits for what. */
final class Paths {
    private static final int NONE = -1;

    private final TaskGraph graph;
    private final double[] rank;
    private final int[] path;

    private Paths(Problem problem) {
        graph = problem.graph();
        rank = Ranks.upward(problem);
        path = new int[graph.taskCount()];
        Arrays.fill(path, NONE);
    }

    /** The path of each task, numbered from 0, the one that begins with the highest upward rank. */
    static int[] of(Problem problem) {
        return new Paths(problem).split();
    }

    private int[] split() {
        int[] byRank = IntStream.range(0, path.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer task) -> -rank[task]))
                .mapToInt(Integer::intValue)
                .toArray();
        int count = 0;
        for (int first : byRank) {
            if (path[first] == NONE) {
                for (int task = first; task != NONE; task = next(task)) {
                    path[task] = count;
                }
                count++;
            }
        }
        return path;
    }

    /** The successor of highest rank that is on no path yet. */
    private int next(int task) {
        int best = NONE;
        for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
            int candidate = graph.outTask(e);
            if (path[candidate] == NONE && (best == NONE || rank[candidate] > rank[best])) {
                best = candidate;
            }
        }
        return best;
    }
}
