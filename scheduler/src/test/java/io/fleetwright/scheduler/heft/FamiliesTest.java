package io.fleetwright.scheduler.heft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Variants;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** List schedulers and their ranks on the graph families, where closed forms and bounds are known. */
class FamiliesTest {
    private static double[] random(SplittableRandom random, int count) {
        return IntStream.range(0, count).mapToDouble(_ -> random.nextInt(1, 10)).toArray();
    }

    /** With tasks of 1 and volumes of 2 a path of k tasks is k + 2(k - 1) long. */
    @ParameterizedTest
    @CsvSource({
        "CHAIN, 6, 16", // 6 + 2 x 5
        "OUT_TREE, 5, 13", // 5 + 2 x 4
        "IN_TREE, 5, 13",
        "FORK_JOIN, 9, 7", // 3 + 2 x 2
        "DIAMONDS, 4, 25", // 9 + 2 x 8
        "WAVEFRONT, 5, 25", // 9 + 2 x 8
        "STENCIL, 4, 10", // 4 + 2 x 3
        "GAUSSIAN_ELIMINATION, 5, 22", // 8 + 2 x 7
        "FFT, 3, 19", // 7 + 2 x 6
        "CHOLESKY, 4, 28", // 10 + 2 x 9
        "LU, 4, 28",
        "SHUFFLE, 5, 4", // 2 + 2 x 1
        "INDEPENDENT, 5, 1",
    })
    void theLongestRankIsTheDepthOfTheFamily(GraphFamily family, int size, double length) {
        Problem problem = Variants.alike(family.graph(size, 2), 3, 1);
        double[] up = Ranks.upward(problem);
        double[] down = Ranks.downward(problem);
        assertThat(Arrays.stream(up).max()).hasValue(length);
        assertThat(Arrays.stream(down).max()).hasValue(length - 1);
        // Their sum is the longest path through a task.
        assertThat(IntStream.range(0, up.length)
                        .mapToDouble(task -> up[task] + down[task])
                        .max())
                .hasValue(length);
    }

    /** Turned round, what was a way to the end is a way from the beginning. */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void theDownwardRankIsTheUpwardRankOfTheReversedGraph(GraphFamily family) {
        SeededCases.forEach(1, 5, (random, _) -> {
            TaskGraph graph = family.graph(4, 3);
            double[] cost = random(random, graph.taskCount());
            double[] up = Ranks.upward(Variants.alike(Variants.reversed(graph), 3, cost));
            double[] down = Ranks.downward(Variants.alike(graph, 3, cost));
            for (int task = 0; task < cost.length; task++) {
                assertThat(down[task] + cost[task]).isCloseTo(up[task], within(1e-9));
            }
        });
    }

    /** On one device everything that never waits takes exactly all the work, in whatever order. */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void onOneDeviceEverySchedulerTakesAllTheWork(GraphFamily family) throws Exception {
        Problem problem = Variants.alike(family.graph(3, 9), 1, 3, 1, 4, 1, 5);
        double work = IntStream.range(0, problem.taskCount())
                .mapToDouble(problem.costs()::executionTimeMean)
                .sum();
        for (String name : Algorithms.portfolioMembers()) {
            assertThat(Algorithms.named(name, 0).schedule(problem).makespan())
                    .as(name)
                    .isEqualTo(work);
        }
    }

    /**
     * Unit tasks that come together in a tree, no transfers, like devices: taking the highest level first is optimal, and the
     * optimum is the greatest, over k, of k plus the tasks above level k shared out in whole steps.
     *
     * @see "Hu, 1961: Parallel sequencing and assembly line problems"
     */
    @ParameterizedTest
    @ValueSource(strings = {"heft", "etf-start", "dls"})
    void treesOfUnitTasksAreScheduledOptimally(String name) {
        SeededCases.forEach(1, 80, (random, _) -> {
            int tasks = random.nextInt(1, 30);
            int devices = random.nextInt(1, 5);
            var tree = TaskGraph.builder().tasks(tasks);
            int[] level = new int[tasks];
            level[0] = 1;
            for (int task = 1; task < tasks; task++) {
                int parent = random.nextInt(Math.max(0, task - 5), task);
                tree.edge(task, parent, 0);
                level[task] = level[parent] + 1;
            }
            int optimum = IntStream.range(0, Arrays.stream(level).max().orElseThrow())
                    .map(k -> k
                            + Math.ceilDiv(
                                    (int) Arrays.stream(level)
                                            .filter(of -> of > k)
                                            .count(),
                                    devices))
                    .max()
                    .orElseThrow();
            assertThat(Algorithms.named(name, 0)
                            .schedule(Variants.alike(tree.build(), devices, 1))
                            .makespan())
                    .isEqualTo(optimum);
        });
    }

    /**
     * Without transfers a schedule in which no device idles while a task waits is at most W/m + (1 - 1/m) L long, W being all
     * the work and L the longest chain; and so at most 2 - 1/m times the optimum.
     *
     * @see "Graham, 1966: Bounds for certain multiprocessing anomalies"
     */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void whoNeverIdlesKeepsGrahamsBound(GraphFamily family) {
        SeededCases.forEach(1, 6, (random, _) -> {
            TaskGraph graph = family.graph(4, 0);
            int devices = random.nextInt(1, 6);
            double[] cost = random(random, graph.taskCount());
            Problem problem = Variants.alike(graph, devices, cost);
            double chain = Arrays.stream(StaticLevels.of(problem, cost)).max().orElseThrow();
            double share = Arrays.stream(cost).sum() / devices;
            for (String name : List.of("etf-start", "flb")) {
                Schedule schedule = Algorithms.named(name, 0).schedule(problem);
                assertThat(ScheduleChecker.check(problem, schedule)).isEmpty();
                assertThat(schedule.makespan())
                        .as(name)
                        .isGreaterThanOrEqualTo(Math.max(chain, share) - 1e-9)
                        .isLessThanOrEqualTo(share + (1 - 1.0 / devices) * chain + 1e-9);
            }
        });
    }

    /**
     * With transfers, earliest start first is worse than that by at most the transfers along one chain.
     *
     * @see "Hwang, Chow, Anger, Lee, 1989, theorem 3.2"
     */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void earliestStartFirstKeepsHwangsBound(GraphFamily family) {
        SeededCases.forEach(1, 6, (random, _) -> {
            double volume = random.nextInt(12);
            TaskGraph graph = family.graph(4, volume);
            int devices = random.nextInt(1, 6);
            double[] cost = random(random, graph.taskCount());
            Problem problem = Variants.alike(graph, devices, cost);
            double chain = Arrays.stream(StaticLevels.of(problem, cost)).max().orElseThrow();
            double hops = Arrays.stream(StaticLevels.of(problem, ones(cost.length)))
                            .max()
                            .orElseThrow()
                    - 1;
            double share = Arrays.stream(cost).sum() / devices;
            assertThat(Algorithms.named("etf-start", 0).schedule(problem).makespan())
                    .isLessThanOrEqualTo(share + (1 - 1.0 / devices) * chain + volume * hops + 1e-9);
        });
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** With as many devices as tasks and no transfers every task starts with its last input: the longest chain is reached. */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void withADeviceForEachTaskTheLongestChainIsReached(GraphFamily family) {
        SeededCases.forEach(1, 3, (random, _) -> {
            TaskGraph graph = family.graph(3, 0);
            double[] cost = random(random, graph.taskCount());
            Problem problem = Variants.alike(graph, graph.taskCount(), cost);
            double chain = Arrays.stream(StaticLevels.of(problem, cost)).max().orElseThrow();
            for (String name : List.of(
                    "heft",
                    "lookahead",
                    "dls",
                    "minmin",
                    "maxmin",
                    "mct",
                    "etf-start",
                    "etf-finish",
                    "fcp",
                    "flb",
                    "hld")) {
                assertThat(Algorithms.named(name, 0).schedule(problem).makespan())
                        .as(name)
                        .isEqualTo(chain);
            }
        });
    }

    /** Longest processing time first, by hand: of 7 6 5 4 3 on two devices 7 4, 6 5 3: 14; ranks alone are the times. */
    @Test
    void onIndependentTasksHeftIsLongestFirst() throws Exception {
        Problem problem = Variants.alike(GraphFamily.INDEPENDENT.graph(5, 0), 2, 4, 7, 3, 6, 5);
        // 7 a 0-7, 6 b 0-6, 5 b 6-11, 4 a 7-11, 3 a 11-14.
        assertThat(new Heft().schedule(problem).makespan()).isEqualTo(14);
        // In order of arrival: 4 a, 7 b, 3 a 4-7, 6 a 7-13 or b 7-13: a, 5 b 7-12.
        assertThat(Algorithms.named("mct", 0).schedule(problem).makespan()).isEqualTo(13);
    }

    /**
     * Longest first is at most 4/3 - 1/(3m) times the optimum, which is at least the mean load and the longest task.
     *
     * @see "Graham, 1969: Bounds on multiprocessing timing anomalies, theorem 2"
     */
    @Test
    void theWorstCaseOfLongestFirstIsReachedAndNotPassed() throws Exception {
        for (int devices = 2; devices < 7; devices++) {
            // Two each of 2m - 1 down to m + 1, and three of m: optimum 3m, longest first 4m - 1.
            int m = devices;
            double[] cost = IntStream.concat(
                            IntStream.range(m + 1, 2 * m).flatMap(time -> IntStream.of(time, time)),
                            IntStream.of(m, m, m))
                    .asDoubleStream()
                    .toArray();
            Problem problem = Variants.alike(GraphFamily.INDEPENDENT.graph(cost.length, 0), m, cost);
            assertThat(Arrays.stream(cost).sum() / m).isEqualTo(3 * m);
            assertThat(new Heft().schedule(problem).makespan()).isEqualTo(4 * m - 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.3, 0.1", "0.3, 0.6", "1, 0.2", "2, 0.5"})
    void everySchedulerIsValidOnLayeredGraphs(double shape, double density) {
        SeededCases.forEach(1, 5, (random, _) -> {
            TaskGraph graph = GraphFamily.layered(random, 40, shape, density, 20);
            double[][] costs = new double[40][4];
            Arrays.stream(costs).forEach(row -> Arrays.setAll(row, _ -> random.nextInt(1, 20)));
            Problem problem = TestProblems.problem(graph, costs);
            for (String name : Algorithms.portfolioMembers()) {
                assertThat(ScheduleChecker.check(
                                problem, Algorithms.named(name, 0).schedule(problem)))
                        .as(name)
                        .isEmpty();
            }
        });
    }
}
