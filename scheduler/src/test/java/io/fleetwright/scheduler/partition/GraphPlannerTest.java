package io.fleetwright.scheduler.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Every set of layers that may stay on the device, one by one, is the oracle. */
final class GraphPlannerTest {
    private static final Offset<Double> ROUNDING = within(1e-6);

    @Test
    void minimumCutIsTheFastestOfAllPlans() {
        SeededCases.forEach(1, 1000, (random, _) -> {
            LayerGraph graph = RandomPartitions.graph(random, random.nextInt(1, 10), 0.6);
            PartitionProblem problem = RandomPartitions.problem(random, graph, 2, false);
            PartitionPlan plan = new GraphPlanner(problem).fastest();
            double best = all(problem).stream()
                    .mapToDouble(PartitionPlan::latencyMillis)
                    .min()
                    .orElseThrow();
            assertThat(plan.latencyMillis()).isCloseTo(best, ROUNDING);
            assertThat(PartitionPlan.of(problem, plan.tierOf(), plan.transfers()))
                    .isEqualTo(plan);
        });
    }

    @Test
    void onChainsBothPlannersAgree() {
        SeededCases.forEach(2, 1000, (random, _) -> {
            LayerGraph graph = RandomPartitions.graph(random, random.nextInt(1, 20), 0);
            PartitionProblem problem = RandomPartitions.problem(random, graph, 2, false);
            assertThat(new GraphPlanner(problem).fastest().latencyMillis())
                    .isCloseTo(new ChainPlanner(problem).fastest().orElseThrow().latencyMillis(), ROUNDING);
        });
    }

    /** Bisection finds the convex hull, so a plan between two of its corners may be missed, never the budget. */
    @Test
    void aBudgetOfAccuracyIsKeptAndCostsLittleMoreThanItMust() {
        double[] over = {0};
        SeededCases.forEach(3, 500, (random, _) -> {
            LayerGraph graph = RandomPartitions.graph(random, random.nextInt(2, 8), 0.4);
            PartitionProblem problem = RandomPartitions.problem(random, graph, 2, false);
            double budget = random.nextDouble(0.03);
            PartitionPlan plan = new GraphPlanner(problem).within(budget);
            assertThat(plan.accuracyLoss()).isLessThanOrEqualTo(budget);
            double best = each(problem).stream()
                    .filter(one -> one.accuracyLoss() <= budget)
                    .mapToDouble(PartitionPlan::latencyMillis)
                    .min()
                    .orElseThrow();
            assertThat(plan.latencyMillis()).isGreaterThanOrEqualTo(best - 1e-6);
            over[0] += (plan.latencyMillis() / best - 1) / 500;
        });
        assertThat(over[0]).isLessThan(0.01);
    }

    @Test
    void aTensorThatManyReadIsSentOnce() {
        var wide = new Feature(10_000, 1);
        var small = new Feature(10, 1);
        var graph = new LayerGraph(
                new Feature(1_000_000, 1),
                List.of(
                        new Layer("stem", List.of(-1), wide, 1, 1),
                        new Layer("left", List.of(0), small, 1, 1),
                        new Layer("right", List.of(0), small, 1, 1),
                        new Layer("join", List.of(1, 2), small, 1, 1)));
        var device = new Tier("device", new double[] {1, 90, 90, 1}, new double[4], Long.MAX_VALUE, 0);
        var server = new Tier("server", new double[] {1, 1, 1, 1}, new double[4], Long.MAX_VALUE, 0);
        PartitionPlan plan = new GraphPlanner(
                        PartitionProblem.of(graph, device, server, Link.of(1000, 0), WireFormat.IDEAL, List.of(8)))
                .fastest();
        assertThat(plan.tierOf()).containsExactly(0, 1, 1, 1);
        assertThat(plan.transfers()).hasSize(1);
        assertThat(plan.latencyMillis()).isCloseTo(1 + 80 + 3, ROUNDING);
    }

    @Test
    void aDeepNetworkNeedsNoDeepStack() {
        List<Layer> layers = IntStream.range(0, 10_000)
                .mapToObj(v -> new Layer("l" + v, List.of(v - 1), new Feature(10, 1), 1, 1))
                .toList();
        var graph = new LayerGraph(new Feature(10, 1), layers);
        Tier device = Tier.proportional("device", graph, 1000, 0, Long.MAX_VALUE, 0);
        Tier server = Tier.proportional("server", graph, 10, 0, Long.MAX_VALUE, 0);
        PartitionPlan plan = new GraphPlanner(
                        PartitionProblem.of(graph, device, server, Link.of(1000, 1), WireFormat.IDEAL, List.of(8)))
                .fastest();
        assertThat(plan.latencyMillis()).isCloseTo(10 + 1 + 0.08, within(1e-3));
    }

    @Test
    void channelsAreSplitAsWellAsTheyCanBe() {
        SeededCases.forEach(4, 2000, (random, _) -> {
            int channels = random.nextInt(1, 65);
            double first = random.nextDouble(0.01, 5);
            double second = random.nextDouble(0.01, 5);
            double firstFixed = random.nextInt(3) == 0 ? 0 : random.nextDouble(3);
            double secondFixed = random.nextInt(3) == 0 ? 0 : random.nextDouble(3);
            double best = IntStream.rangeClosed(0, channels)
                    .mapToDouble(c -> Math.max(
                            c == 0 ? 0 : firstFixed + first * c / channels,
                            c == channels ? 0 : secondFixed + second * (channels - c) / channels))
                    .min()
                    .orElseThrow();
            ChannelSplit split = ChannelSplit.best(channels, first, second, firstFixed, secondFixed);
            assertThat(split.millis()).isCloseTo(best, ROUNDING);
            assertThat(split.first()).isBetween(0, channels);
        });
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ChannelSplit.best(0, 1, 1, 0, 0))
                .withMessageContaining("channels (0)");
    }

    /** For each set that is closed under what its layers read, each tensor in the bits that are cheapest. */
    private static List<PartitionPlan> all(PartitionProblem problem) {
        return plans(problem, true);
    }

    /** With each tensor in each number of bits. */
    private static List<PartitionPlan> each(PartitionProblem problem) {
        return plans(problem, false);
    }

    private static List<PartitionPlan> plans(PartitionProblem problem, boolean cheapest) {
        LayerGraph graph = problem.graph();
        List<PartitionPlan> plans = new ArrayList<>();
        for (int set = 0; set < 1 << graph.size(); set++) {
            int device = set;
            List<Integer> tierOf = IntStream.range(0, graph.size())
                    .mapToObj(v -> 1 - (device >> v & 1))
                    .toList();
            boolean closed = IntStream.range(0, graph.size())
                    .allMatch(v -> tierOf.get(v) == 1
                            || graph.layers().get(v).inputs().stream()
                                    .allMatch(from -> from < 0 || tierOf.get(from) == 0));
            if (closed) {
                List<Integer> sent = IntStream.range(-1, graph.size())
                        .filter(from -> (from < 0 || tierOf.get(from) == 0)
                                && IntStream.range(0, graph.size())
                                        .anyMatch(v -> tierOf.get(v) == 1
                                                && graph.layers()
                                                        .get(v)
                                                        .inputs()
                                                        .contains(from)))
                        .boxed()
                        .toList();
                choose(problem, tierOf, sent, new ArrayList<>(), cheapest, plans);
            }
        }
        return plans;
    }

    private static void choose(
            PartitionProblem problem,
            List<Integer> tierOf,
            List<Integer> sent,
            List<Transfer> chosen,
            boolean cheapest,
            List<PartitionPlan> plans) {
        if (chosen.size() == sent.size()) {
            plans.add(PartitionPlan.of(problem, tierOf, chosen));
            return;
        }
        int producer = sent.get(chosen.size());
        List<Transfer> ways = problem.bits().stream()
                .filter(bits -> producer >= 0 || bits == 8)
                .map(bits -> problem.transfer(producer, bits, 0, 1))
                .sorted(Comparator.comparingDouble(Transfer::millis))
                .limit(cheapest ? 1 : Integer.MAX_VALUE)
                .toList();
        for (Transfer way : ways) {
            List<Transfer> more = new ArrayList<>(chosen);
            more.add(way);
            choose(problem, tierOf, sent, more, cheapest, plans);
        }
    }
}
