package io.fleetwright.scheduler.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Every plan there is, written down one by one, is the oracle. */
final class ChainPlannerTest {
    private static final Offset<Double> ROUNDING = within(1e-9);
    private static final int CASES = 1000;

    @Test
    void fastestAndDensestPlansAreTheBestOfAll() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            LayerGraph graph = RandomPartitions.graph(random, random.nextInt(1, 8), 0.3);
            PartitionProblem problem =
                    RandomPartitions.problem(random, graph, random.nextInt(2, 5), random.nextInt(3) == 0);
            List<PartitionPlan> all = all(problem);
            var planner = new ChainPlanner(problem);
            assertBest(planner.fastest(), all, PartitionPlan::latencyMillis);
            assertBest(planner.densest(), all, PartitionPlan::bottleneckMillis);
        });
    }

    private static void assertBest(
            Optional<PartitionPlan> found, List<PartitionPlan> all, ToDoubleFunction<PartitionPlan> value) {
        assertThat(found.isPresent()).isEqualTo(!all.isEmpty());
        if (found.isPresent()) {
            double best = all.stream().mapToDouble(value).min().orElseThrow();
            assertThat(value.applyAsDouble(found.get())).isCloseTo(best, ROUNDING);
        }
    }

    @Test
    void paretoSetHoldsWhatNoOtherPlanBeatsAndNothingElse() {
        SeededCases.forEach(2, CASES, (random, _) -> {
            LayerGraph graph = RandomPartitions.graph(random, random.nextInt(1, 7), 0.2);
            PartitionProblem problem =
                    RandomPartitions.problem(random, graph, random.nextInt(2, 4), random.nextInt(3) == 0);
            List<PartitionPlan> all = all(problem);
            List<PartitionPlan> front = new ChainPlanner(problem).pareto(0);
            assertThat(front).isSortedAccordingTo(Comparator.comparingDouble(PartitionPlan::latencyMillis));
            for (PartitionPlan plan : all) {
                assertThat(front.stream()
                                .anyMatch(kept -> kept.latencyMillis() <= plan.latencyMillis() + 1e-9
                                        && kept.deviceMillijoules() <= plan.deviceMillijoules() + 1e-9
                                        && kept.bytes() <= plan.bytes()
                                        && kept.accuracyLoss() <= plan.accuracyLoss() + 1e-12))
                        .isTrue();
            }
            for (PartitionPlan kept : front) {
                assertThat(all.stream()
                                .noneMatch(plan -> plan.latencyMillis() < kept.latencyMillis() - 1e-9
                                        && plan.deviceMillijoules() < kept.deviceMillijoules() - 1e-9
                                        && plan.bytes() < kept.bytes()
                                        && plan.accuracyLoss() <= kept.accuracyLoss()))
                        .isTrue();
            }
        });
    }

    @Test
    void energyWithinADeadlineIsTheLeastOfAllPlansThatKeepIt() {
        SeededCases.forEach(3, CASES, (random, _) -> {
            LayerGraph graph = RandomPartitions.graph(random, random.nextInt(2, 8), 0);
            PartitionProblem problem = RandomPartitions.problem(random, graph, 2, false);
            List<PartitionPlan> all = all(problem);
            double deadline =
                    all.stream().mapToDouble(PartitionPlan::latencyMillis).min().orElseThrow()
                            * random.nextDouble(1, 3);
            ToDoubleFunction<PartitionPlan> least = PartitionPlan::deviceMillijoules;
            double expected = all.stream()
                    .filter(plan -> plan.latencyMillis() <= deadline)
                    .mapToDouble(least)
                    .min()
                    .orElseThrow();
            assertThat(new ChainPlanner(problem)
                            .pareto(0).stream()
                                    .filter(plan -> plan.latencyMillis() <= deadline)
                                    .mapToDouble(least)
                                    .min()
                                    .orElseThrow())
                    .isCloseTo(expected, ROUNDING);
        });
    }

    /** By hand: a layer of 10 ms here and 1 ms there, 1000 bytes in between at 8 kbit/s and 2 ms. */
    @Test
    void aPlanIsAddedUpAsWritten() {
        var feature = new Feature(1000, 10);
        var graph = new LayerGraph(
                new Feature(4000, 1),
                List.of(
                        new Layer("a", List.of(-1), feature, 1, 50),
                        new Layer("b", List.of(0), new Feature(10, 1), 1, 50)));
        var device = new Tier("device", new double[] {10, 10}, new double[] {3, 3}, Long.MAX_VALUE, 100);
        var server = new Tier("server", new double[] {1, 1}, new double[] {9, 9}, 60, 0);
        var problem = new PartitionProblem(
                graph,
                List.of(device, server),
                List.of(List.of(Link.of(1, 1), new Link(8000, 2, 0, 500)), List.of()),
                new WireFormat(24, 2),
                8,
                List.of(8, 4),
                (_, bits) -> bits == 4 ? 0.01 : 0);
        PartitionPlan plan = new ChainPlanner(problem).fastest().orElseThrow();
        assertThat(plan.tierOf()).containsExactly(0, 1);
        // 24 + 2 * 10 + 500 bytes
        assertThat(plan.transfers()).singleElement().satisfies(sent -> {
            assertThat(sent.bytes()).isEqualTo(544);
            assertThat(sent.bits()).isEqualTo(4);
        });
        double sent = 2 + 544 * 8 / 8000.0;
        assertThat(plan.latencyMillis()).isCloseTo(10 + sent + 1, ROUNDING);
        assertThat(plan.bottleneckMillis()).isCloseTo(10, ROUNDING);
        // its layer, 500 nJ for each bit, and 100 mW while it waits
        assertThat(plan.deviceMillijoules()).isCloseTo(3 + 544 * 8 * 500e-6 + 0.1 * (sent + 1), ROUNDING);
        assertThat(plan.accuracyLoss()).isEqualTo(0.01);
        // Both layers need 100 bytes of weights, which the server has not: the input is never sent there for all.
        assertThat(new ChainPlanner(problem).pareto(0))
                .noneMatch(one -> one.tierOf().equals(List.of(1, 1)));
    }

    @Test
    void aTensorIsNeverSentInFewerBitsThanItMay() {
        SeededCases.forEach(5, CASES, (random, _) -> {
            LayerGraph graph = RandomPartitions.graph(random, random.nextInt(2, 8), 0.2);
            PartitionProblem free = RandomPartitions.problem(random, graph, random.nextInt(2, 4), false);
            double lossMax = random.nextDouble(0.03);
            PartitionProblem problem = free.with(free.penalty().upTo(lossMax));
            List<PartitionPlan> all = all(free).stream()
                    .filter(plan -> plan.transfers().stream()
                            .allMatch(sent -> sent.producer() == LayerGraph.INPUT
                                    || free.penalty().loss(sent.producer(), sent.bits()) <= lossMax))
                    .toList();
            var planner = new ChainPlanner(problem);
            assertBest(planner.fastest(), all, PartitionPlan::latencyMillis);
            assertBest(planner.densest(), all, PartitionPlan::bottleneckMillis);
            assertThat(planner.pareto(0)).allMatch(plan -> plan.accuracyLoss() < Double.POSITIVE_INFINITY);
            assertBest(new BudgetPlanner(problem).fastest(Double.MAX_VALUE), all, PartitionPlan::latencyMillis);
            if (problem.tiers().size() == 2) {
                PartitionPlan cut = new GraphPlanner(problem).fastest();
                assertThat(cut.accuracyLoss()).isLessThan(Double.POSITIVE_INFINITY);
                assertThat(cut.latencyMillis())
                        .isLessThanOrEqualTo(planner.fastest().orElseThrow().latencyMillis() + 1e-9);
            }
        });
    }

    @Test
    void rateChoosesLatencyWhenThereIsTimeAndDistanceWhenThereIsNone() {
        SeededCases.forEach(4, 200, (random, _) -> {
            PartitionProblem problem = RandomPartitions.problem(random, RandomPartitions.graph(random, 6, 0), 3, false);
            var planner = new ChainPlanner(problem);
            PartitionPlan fastest = planner.fastest().orElseThrow();
            PartitionPlan densest = planner.densest().orElseThrow();
            double most = 1000 / fastest.bottleneckMillis();
            assertThat(planner.forRate(0.4 * most)).contains(fastest);
            assertThat(planner.forRate(0.9 * most)).contains(densest);
            PartitionPlan between = planner.forRate(0.7 * most).orElseThrow();
            assertThat(planner.waitingMillis(between, 0.7 * most))
                    .isEqualTo(Math.min(
                            planner.waitingMillis(fastest, 0.7 * most), planner.waitingMillis(densest, 0.7 * most)));
        });
    }

    @Test
    void whatMakesNoSenseIsRefusedByName() {
        var one = new Feature(1, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LayerGraph(one, List.of(new Layer("a", List.of(0), one, 1, 1))))
                .withMessageContaining("layer 0 (a) reads layer 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LayerGraph(
                        one, List.of(new Layer("a", List.of(-1), one, 1, 1), new Layer("b", List.of(-1), one, 1, 1))))
                .withMessageContaining("nothing reads layer 0 (a)");
        assertThatIllegalArgumentException().isThrownBy(() -> Link.of(0, 1)).withMessageContaining("bandwidth (0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Link.of(1, Double.POSITIVE_INFINITY))
                .withMessageContaining("round trip (Infinity ms)");
        assertThat(Link.of(1, 0).millis(1L << 60)).isEqualTo(8.0 * (1L << 60));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tier("t", new double[] {Double.NaN}, new double[] {0}, 0, 0))
                .withMessageContaining("t: times");
    }

    /** All plans, by trying every boundary, device and number of bits. */
    static List<PartitionPlan> all(PartitionProblem problem) {
        List<PartitionPlan> plans = new ArrayList<>();
        extend(problem, new ArrayList<>(), new ArrayList<>(), 0, plans);
        for (int tier = 1; tier < problem.tiers().size(); tier++) {
            if (problem.bits().contains(8)) {
                var sent = new ArrayList<Transfer>(List.of(problem.transfer(LayerGraph.INPUT, 8, 0, tier)));
                extend(problem, new ArrayList<>(), sent, tier, plans);
            }
        }
        return plans;
    }

    private static void extend(
            PartitionProblem problem, List<Integer> tierOf, List<Transfer> sent, int tier, List<PartitionPlan> plans) {
        int layers = problem.graph().size();
        long bytes = 0;
        for (int end = tierOf.size() + 1; end <= layers; end++) {
            bytes += problem.graph().layers().get(end - 1).weightBytes();
            if (bytes > problem.tiers().get(tier).memoryBytes()) {
                return;
            }
            List<Integer> ran = new ArrayList<>(tierOf);
            ran.addAll(Collections.nCopies(end - tierOf.size(), tier));
            if (end == layers) {
                plans.add(PartitionPlan.of(problem, ran, sent));
                return;
            }
            Optional<Integer> alone = alone(problem.graph(), end);
            for (int next = tier + 1;
                    alone.isPresent() && next < problem.tiers().size();
                    next++) {
                for (int bits : problem.bits()) {
                    if (alone.get() == LayerGraph.INPUT && bits != 8) {
                        continue;
                    }
                    List<Transfer> more = new ArrayList<>(sent);
                    more.add(problem.transfer(alone.get(), bits, tier, next));
                    extend(problem, ran, more, next, plans);
                }
            }
        }
    }

    /** The only tensor that layers from {@code boundary} on read of what came before. */
    private static Optional<Integer> alone(LayerGraph graph, int boundary) {
        List<Integer> read = graph.layers().subList(boundary, graph.size()).stream()
                .flatMap(layer -> layer.inputs().stream())
                .filter(from -> from < boundary)
                .distinct()
                .toList();
        return read.size() == 1 ? Optional.of(read.getFirst()) : Optional.empty();
    }
}
