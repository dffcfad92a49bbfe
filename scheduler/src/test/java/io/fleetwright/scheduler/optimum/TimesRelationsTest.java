package io.fleetwright.scheduler.optimum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Ranks;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Variants;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How the bounds of related problems must be related. */
class TimesRelationsTest {
    /** Idle devices and links that are alike both ways. */
    private static Problem symmetric(SplittableRandom random, TaskGraph graph) {
        int devices = random.nextInt(1, 5);
        double[][] costs = new double[graph.taskCount()][devices];
        Arrays.stream(costs).forEach(row -> Arrays.setAll(row, _ -> random.nextInt(1, 12)));
        double[][] rate = new double[devices][devices];
        double[][] delay = new double[devices][devices];
        for (int from = 0; from < devices; from++) {
            for (int to = 0; to <= from; to++) {
                rate[from][to] = 1 << random.nextInt(3);
                rate[to][from] = rate[from][to];
                delay[from][to] = random.nextInt(3);
                delay[to][from] = delay[from][to];
            }
        }
        return Variants.withLinks(TestProblems.problem(graph, costs), Links.perPair(rate, delay));
    }

    private static Problem with(Problem problem, TaskGraph graph) {
        return new Problem(graph, problem.platform(), problem.costs());
    }

    /** The same edges with {@code factor} times the volumes. */
    private static TaskGraph scaled(TaskGraph graph, double factor) {
        var scaled = TaskGraph.builder().tasks(graph.taskCount());
        for (int task = 0; task < graph.taskCount(); task++) {
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                scaled.edge(graph.inTask(e), task, factor * graph.inVolume(e));
            }
        }
        return scaled.build();
    }

    /** What is left after a task is, with time turned round, how soon it can begin. */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void whatIsLeftIsTheEarliestStartOfTheReversedGraph(GraphFamily family) {
        SeededCases.forEach(1, 8, (random, _) -> {
            Problem problem = symmetric(random, family.graph(3, random.nextInt(10)));
            double[][] earliest = new EarliestTimes(with(problem, Variants.reversed(problem.graph()))).finish();
            var remaining = new RemainingTimes(problem);
            for (int task = 0; task < earliest.length; task++) {
                for (int device = 0; device < earliest[task].length; device++) {
                    double start = earliest[task][device] - problem.costs().executionTime(task, device);
                    assertThat(remaining.after(task, device)).isCloseTo(start, within(1e-9 * (1 + start)));
                }
            }
            assertThat(LowerBounds.of(with(problem, Variants.reversed(problem.graph()))))
                    .isCloseTo(LowerBounds.of(problem), within(1e-9 * (1 + LowerBounds.of(problem))));
        });
    }

    /** Twice the times and volumes, twice the bound: powers of two round nothing. */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void theBoundScales(GraphFamily family) {
        SeededCases.forEach(1, 5, (random, _) -> {
            int devices = random.nextInt(1, 4);
            TaskGraph graph = family.graph(3, random.nextInt(10));
            double[][] costs = new double[graph.taskCount()][devices];
            Arrays.stream(costs).forEach(row -> Arrays.setAll(row, _ -> random.nextInt(1, 12)));
            Problem problem = TestProblems.problem(graph, costs);
            Problem twice = Variants.withCosts(with(problem, scaled(graph, 2)), (_, _, was) -> 2 * was);
            assertThat(LowerBounds.of(twice))
                    .isCloseTo(2 * LowerBounds.of(problem), within(1e-9 * LowerBounds.of(twice)));
        });
    }

    /** Devices in another order are the same devices. */
    @Test
    void theNumbersOfTheDevicesMeanNothing() {
        SeededCases.forEach(1, 100, (random, _) -> {
            Problem problem = symmetric(random, GraphFamily.layered(random, 12, 1, 0.4, 9));
            int last = problem.deviceCount() - 1;
            Problem turned = Variants.withCosts(
                    problem, (task, device, _) -> problem.costs().executionTime(task, last - device));
            double[][] rate = new double[last + 1][last + 1];
            for (int from = 0; from <= last; from++) {
                for (int to = 0; to <= last; to++) {
                    double none = problem.platform().links().transferTimeBetweenZones(0, last - from, last - to);
                    double one = problem.platform().links().transferTimeBetweenZones(1, last - from, last - to);
                    rate[from][to] = 1 / (one - none);
                }
            }
            double[][] delay = new double[last + 1][last + 1];
            for (int from = 0; from <= last; from++) {
                int at = from;
                Arrays.setAll(
                        delay[from],
                        to -> problem.platform().links().transferTimeBetweenZones(0, last - at, last - to));
            }
            Problem other = Variants.withLinks(turned, Links.perPair(rate, delay));
            assertThat(LowerBounds.of(other))
                    .isCloseTo(LowerBounds.of(problem), within(1e-9 * LowerBounds.of(problem)));
            var remaining = new RemainingTimes(problem);
            var renumbered = new RemainingTimes(other);
            for (int task = 0; task < problem.taskCount(); task++) {
                for (int device = 0; device <= last; device++) {
                    assertThat(renumbered.after(task, device))
                            .isCloseTo(remaining.after(task, last - device), within(1e-9));
                }
            }
        });
    }

    /** On one device nothing is elsewhere: what is left is all the work below, what was before all the work above. */
    @ParameterizedTest
    @CsvSource({"CHAIN, 5", "OUT_TREE, 4", "FORK_JOIN, 6", "SHUFFLE, 4"})
    void onOneDeviceWhatIsLeftIsInTurn(GraphFamily family, int size) {
        TaskGraph graph = family.graph(size, 50);
        double[][] costs = new double[graph.taskCount()][1];
        IntStream.range(0, costs.length).forEach(task -> costs[task][0] = 1);
        Problem problem = TestProblems.problem(graph, costs);
        var remaining = new RemainingTimes(problem);
        for (int task = 0; task < costs.length; task++) {
            int sons = graph.outEnd(task) - graph.outBegin(task);
            // At least its own successors one after the other, and at least the longest way down.
            assertThat(remaining.after(task, 0))
                    .isGreaterThanOrEqualTo(sons)
                    .isGreaterThanOrEqualTo(depthBelow(graph, task))
                    .isLessThanOrEqualTo(graph.taskCount() - 1.0);
        }
    }

    private static int depthBelow(TaskGraph graph, int task) {
        return IntStream.range(graph.outBegin(task), graph.outEnd(task))
                .map(e -> 1 + depthBelow(graph, graph.outTask(e)))
                .max()
                .orElse(0);
    }

    /** Without data to send the bound can only fall; with devices that are all ready later it is later by as much. */
    @Test
    void theBoundMovesWithTheProblem() {
        SeededCases.forEach(1, 100, (random, _) -> {
            Problem problem = symmetric(random, GraphFamily.layered(random, 10, 1, 0.4, 9));
            double bound = LowerBounds.of(problem);
            Problem noVolumes = with(problem, scaled(problem.graph(), 0));
            assertThat(LowerBounds.of(noVolumes)).isLessThanOrEqualTo(bound * (1 + 1e-9));
            Problem later = Variants.withReadyTimes(
                    problem,
                    IntStream.range(0, problem.deviceCount())
                            .mapToDouble(_ -> 7)
                            .toArray());
            assertThat(LowerBounds.of(later)).isCloseTo(bound + 7, within(1e-9 * (bound + 7)));
        });
    }

    /** With one device for everything, the mean of a rank is the time itself, and the bound is at least the highest rank. */
    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void onOneDeviceNoRankIsAboveTheBound(GraphFamily family) {
        TaskGraph graph = family.graph(3, 4);
        double[][] costs = new double[graph.taskCount()][1];
        IntStream.range(0, costs.length).forEach(task -> costs[task][0] = 1 + task % 4);
        Problem problem = TestProblems.problem(graph, costs);
        double highest = Arrays.stream(Ranks.upward(problem)).max().orElseThrow();
        double work = Arrays.stream(costs).mapToDouble(row -> row[0]).sum();
        assertThat(LowerBounds.of(problem)).isGreaterThanOrEqualTo(highest).isCloseTo(work, within(1e-9));
    }
}
