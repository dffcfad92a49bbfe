package io.fleetwright.scheduler.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The families have the numbers of tasks and edges and the depth that their closed forms give. */
class GraphFamilyTest {
    /** Depth is the number of tasks on the longest path. */
    @ParameterizedTest
    @CsvSource({
        // tasks n, edges 0, depth 1
        "INDEPENDENT, 1, 1, 0, 1, 1, 1",
        "INDEPENDENT, 7, 7, 0, 1, 7, 7",
        // tasks n, edges n - 1, depth n
        "CHAIN, 1, 1, 0, 1, 1, 1",
        "CHAIN, 2, 2, 1, 2, 1, 1",
        "CHAIN, 9, 9, 8, 9, 1, 1",
        // tasks 2^n - 1, edges 2^n - 2, depth n, leaves 2^(n-1)
        "OUT_TREE, 1, 1, 0, 1, 1, 1",
        "OUT_TREE, 2, 3, 2, 2, 1, 2",
        "OUT_TREE, 5, 31, 30, 5, 1, 16",
        "IN_TREE, 1, 1, 0, 1, 1, 1",
        "IN_TREE, 3, 7, 6, 3, 4, 1",
        "IN_TREE, 6, 63, 62, 6, 32, 1",
        // tasks n + 2, edges 2n, depth 3
        "FORK_JOIN, 1, 3, 2, 3, 1, 1",
        "FORK_JOIN, 8, 10, 16, 3, 1, 1",
        // tasks 3n + 1, edges 4n, depth 2n + 1
        "DIAMONDS, 1, 4, 4, 3, 1, 1",
        "DIAMONDS, 5, 16, 20, 11, 1, 1",
        // tasks 2n, edges n^2, depth 2
        "SHUFFLE, 1, 2, 1, 2, 1, 1",
        "SHUFFLE, 6, 12, 36, 2, 6, 6",
        // tasks n^2, edges 2n(n - 1), depth 2n - 1
        "WAVEFRONT, 1, 1, 0, 1, 1, 1",
        "WAVEFRONT, 4, 16, 24, 7, 1, 1",
        "WAVEFRONT, 10, 100, 180, 19, 1, 1",
        // tasks n^2, edges (n - 1)(3n - 2), depth n
        "STENCIL, 2, 4, 4, 2, 2, 2",
        "STENCIL, 3, 9, 14, 3, 3, 3",
        "STENCIL, 8, 64, 154, 8, 8, 8",
        // tasks (n^2 + n - 2) / 2, edges n(n - 1) - 1, depth 2(n - 1), exits: the one update of the last step
        "GAUSSIAN_ELIMINATION, 2, 2, 1, 2, 1, 1",
        "GAUSSIAN_ELIMINATION, 3, 5, 5, 4, 1, 1",
        "GAUSSIAN_ELIMINATION, 5, 14, 19, 8, 1, 1",
        "GAUSSIAN_ELIMINATION, 20, 209, 379, 38, 1, 1",
        // with p = 2^n: tasks 2p - 1 + np, edges 2p - 2 + 2np, depth 2n + 1
        "FFT, 1, 5, 6, 3, 1, 2",
        "FFT, 2, 15, 22, 5, 1, 4",
        "FFT, 3, 39, 62, 7, 1, 8",
        "FFT, 5, 223, 382, 11, 1, 32",
        // tasks n(n + 1)(n + 2) / 6, edges (n - 1)n(n + 1) / 2, depth 3n - 2
        "CHOLESKY, 1, 1, 0, 1, 1, 1",
        "CHOLESKY, 2, 4, 3, 4, 1, 1",
        "CHOLESKY, 4, 20, 30, 10, 1, 1",
        "CHOLESKY, 8, 120, 252, 22, 1, 1",
        // tasks n(n + 1)(2n + 1) / 6, edges n(n - 1)(2n + 1) / 2, depth 3n - 2
        "LU, 1, 1, 0, 1, 1, 1",
        "LU, 2, 5, 5, 4, 1, 1",
        "LU, 3, 14, 21, 7, 1, 1",
        "LU, 6, 91, 195, 16, 1, 1",
    })
    void aFamilyHasTheSizeOfItsClosedForm(
            GraphFamily family, int size, int tasks, int edges, int depth, int entries, int exits) {
        TaskGraph graph = family.graph(size, 1);
        assertThat(graph.taskCount()).as("tasks").isEqualTo(tasks);
        assertThat(graph.edgeCount()).as("edges").isEqualTo(edges);
        assertThat(longestPath(graph, 1)).as("depth").isEqualTo(depth);
        assertThat(ends(graph, true)).as("entries").isEqualTo(entries);
        assertThat(ends(graph, false)).as("exits").isEqualTo(exits);
    }

    @Test
    void aLayeredGraphIsAsWideAsItsShapeSays() {
        SeededCases.forEach(1, 40, (random, _) -> {
            TaskGraph thin = GraphFamily.layered(random, 100, 0.1, 0.3, 9);
            TaskGraph wide = GraphFamily.layered(random, 100, 2, 0.3, 9);
            // Width at most 2 of a mean of 1, so at least 50 layers; a mean of 20, so hardly more than 20 layers.
            assertThat(longestPath(thin, 1)).isGreaterThanOrEqualTo(50);
            assertThat(longestPath(wide, 1)).isLessThan(25);
            assertThat(ends(thin, true)).isLessThanOrEqualTo(2);
        });
    }

    /** As every such graph must, and no other. */
    @Test
    void aSeriesParallelGraphReducesToOneEdge() {
        SeededCases.forEach(1, 60, (random, _) -> {
            int steps = random.nextInt(12);
            TaskGraph graph = GraphFamily.seriesParallel(random, steps, 2);
            assertThat(ends(graph, true)).isOne();
            assertThat(ends(graph, false)).isOne();
            assertThat(reducedEdges(graph)).isOne();
        });
    }

    @Test
    void theSquareOfSixteenTasksIsNoSeriesParallelGraph() {
        assertThat(reducedEdges(GraphFamily.WAVEFRONT.graph(4, 1))).isGreaterThan(1);
        assertThat(reducedEdges(GraphFamily.DIAMONDS.graph(4, 1))).isOne();
        assertThat(reducedEdges(GraphFamily.FORK_JOIN.graph(5, 1))).isOne();
    }

    /** Joins parallel edges and takes out tasks with one edge in and one out, as long as there are any. */
    private static int reducedEdges(TaskGraph graph) {
        int tasks = graph.taskCount();
        boolean[][] joined = new boolean[tasks][tasks];
        for (int task = 0; task < tasks; task++) {
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                joined[task][graph.outTask(e)] = true;
            }
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int task = 0; task < tasks; task++) {
                int[] in = into(joined, task);
                int[] out = outOf(joined, task);
                if (in.length == 1 && out.length == 1) {
                    joined[in[0]][task] = false;
                    joined[task][out[0]] = false;
                    joined[in[0]][out[0]] = true;
                    changed = true;
                }
            }
        }
        return IntStream.range(0, tasks).map(task -> outOf(joined, task).length).sum();
    }

    private static int[] into(boolean[][] joined, int task) {
        return IntStream.range(0, joined.length)
                .filter(from -> joined[from][task])
                .toArray();
    }

    private static int[] outOf(boolean[][] joined, int task) {
        return IntStream.range(0, joined.length).filter(to -> joined[task][to]).toArray();
    }

    private static long ends(TaskGraph graph, boolean entries) {
        return IntStream.range(0, graph.taskCount())
                .filter(task -> entries ? graph.isEntry(task) : graph.outBegin(task) == graph.outEnd(task))
                .count();
    }

    /** Longest path by relaxing every edge once per task, in no particular order. */
    static double longestPath(TaskGraph graph, double perTask) {
        double[] until = new double[graph.taskCount()];
        for (int round = 0; round <= graph.taskCount(); round++) {
            for (int task = 0; task < graph.taskCount(); task++) {
                double before = 0;
                for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                    before = Math.max(before, until[graph.inTask(e)]);
                }
                until[task] = before + perTask;
            }
        }
        return IntStream.range(0, until.length)
                .mapToDouble(task -> until[task])
                .max()
                .orElseThrow();
    }
}
