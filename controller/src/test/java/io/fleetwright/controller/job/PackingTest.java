package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.CutLossRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.forge.evaluate.CutLoss;
import io.fleetwright.forge.evaluate.CutLosses;
import io.fleetwright.forge.evaluate.PairedLoss;
import io.fleetwright.scheduler.partition.ChainPlanner;
import io.fleetwright.scheduler.partition.Feature;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.Link;
import io.fleetwright.scheduler.partition.PartitionPlan;
import io.fleetwright.scheduler.partition.PartitionProblem;
import io.fleetwright.scheduler.partition.Penalty;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.partition.Transfer;
import io.fleetwright.scheduler.partition.WireFormat;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Plans over random chains with random losses; all plans, one by one, are what they are compared with. */
final class PackingTest {
    private static final int INPUTS = 500;
    private static final double ACCURACY = 0.9;

    /** Losses of a variant's cuts, by the layer before the cut; some were not measured. */
    private static Packing packing(
            TestFleet fleet, LayerGraph graph, Map<Integer, PairedLoss> losses, PackingRule rule, int inputs) {
        VariantRow variant = new VariantRow();
        variant.id = "acme/m/1/v";
        variant.accuracyCount = inputs;
        variant.accuracyCorrect = (int) (inputs * ACCURACY);
        return fleet.core().run(scope -> {
            CutLossRow row = new CutLossRow();
            row.id = variant.id;
            row.write(
                    new CutLosses(
                            CutLosses.Basis.ACCURACY,
                            inputs,
                            losses.entrySet().stream()
                                    .map(one -> new CutLoss(one.getKey() + 1, one.getValue()))
                                    .toList()),
                    scope.nowMillis());
            if (!scope.tx().insertIfAbsent(row)) {
                scope.tx().update(row);
            }
            return Packing.of(scope.tx(), variant, graph, rule);
        });
    }

    private static PartitionProblem problem(SplittableRandom random, LayerGraph graph, int tiers) {
        List<Tier> devices = IntStream.range(0, tiers)
                .mapToObj(tier -> new Tier(
                        "t" + tier,
                        random.doubles(graph.size(), 0, 40.0 / (1 + tier * 5)).toArray(),
                        new double[graph.size()],
                        Long.MAX_VALUE,
                        0))
                .toList();
        Link link = Link.of(random.nextDouble(100, 2000), 1);
        return new PartitionProblem(
                graph,
                devices,
                IntStream.range(0, tiers)
                        .mapToObj(_ ->
                                IntStream.range(0, tiers).mapToObj(_ -> link).toList())
                        .toList(),
                WireFormat.STANDARD,
                Byte.SIZE,
                List.of(Byte.SIZE, 4),
                Penalty.NONE);
    }

    @Test
    void noPlanLosesMoreThanItMayAndOfTwoDevicesItIsTheBestOfAll() {
        var fleet = new TestFleet();
        int[] packed = {0};
        SeededCases.forEach(1, 400, (random, _) -> {
            LayerGraph graph = chain(random);
            Map<Integer, PairedLoss> losses = new HashMap<>();
            for (int v = 0; v < graph.size() - 1; v++) {
                if (random.nextInt(4) > 0) {
                    losses.put(
                            v,
                            random.nextInt(5) == 0
                                    ? PairedLoss.none(INPUTS)
                                    : PairedLoss.of(INPUTS, random.nextInt(12), random.nextInt(5)));
                }
            }
            Double lossMax = random.nextBoolean() ? null : Double.valueOf(random.nextDouble(0.03));
            Double floor = random.nextBoolean() ? null : Double.valueOf(ACCURACY - random.nextDouble(0.05));
            Packing packing = packing(fleet, graph, losses, new PackingRule(4, lossMax, floor), INPUTS);
            int tiers = random.nextInt(2, 5);
            PartitionProblem problem = problem(random, graph, tiers);
            PartitionPlan best = packing.best(problem, one -> new ChainPlanner(one).fastest())
                    .orElseThrow();
            assertThat(keeps(best, losses, lossMax, floor)).isTrue();
            packed[0] += best.transfers().stream().anyMatch(sent -> sent.bits() == 4) ? 1 : 0;
            if (tiers == 2) {
                double all = all(problem, losses, lossMax, floor);
                assertThat(best.latencyMillis()).isCloseTo(all, within(1e-9));
            }
        });
        assertThat(packed[0]).as("plans with packed cuts").isGreaterThan(50);
    }

    /** Three layers, each of which only one device runs in time: two tensors are sent, and packed where that is allowed. */
    @Test
    void twoPackedCutsMayTogetherLoseNoMoreThanOne() {
        assertThat(bits(5, 5)).containsExactly(4, 4);
        assertThat(bits(3, 7)).containsExactly(4, 4);
        // Each alone may lose a hundredth; together each may lose half of that.
        assertThat(bits(6, 6)).containsExactly(8, 8);
        assertThat(bits(4, 9)).containsExactly(4, 8);
        assertThat(bits(11, 0)).containsExactly(8, 4);
    }

    /** What two tensors are sent in that lose so many of 1,000 answers in four bits. */
    private static List<Integer> bits(int first, int second) {
        LayerGraph graph = new LayerGraph(
                new Feature(40_000, 1),
                List.of(
                        new Layer("a", List.of(-1), new Feature(4000, 1), 1, 1),
                        new Layer("b", List.of(0), new Feature(4000, 1), 1, 1),
                        new Layer("c", List.of(1), new Feature(10, 1), 1, 1)));
        List<Tier> devices = IntStream.range(0, 3)
                .mapToObj(tier -> new Tier(
                        "t" + tier,
                        IntStream.range(0, 3)
                                .mapToDouble(layer -> layer == tier ? 1 : 10_000)
                                .toArray(),
                        new double[3],
                        Long.MAX_VALUE,
                        0))
                .toList();
        List<List<Link>> links = IntStream.range(0, 3)
                .mapToObj(_ ->
                        IntStream.range(0, 3).mapToObj(_ -> Link.of(1000, 1)).toList())
                .toList();
        PartitionProblem problem = new PartitionProblem(
                graph, devices, links, WireFormat.STANDARD, Byte.SIZE, List.of(Byte.SIZE, 4), Penalty.NONE);
        Map<Integer, PairedLoss> losses = Map.of(0, PairedLoss.of(1000, first, 0), 1, PairedLoss.of(1000, second, 0));
        Packing packing = packing(new TestFleet(), graph, losses, new PackingRule(4, null, null), 1000);
        return packing.best(problem, one -> new ChainPlanner(one).fastest()).orElseThrow().transfers().stream()
                .map(Transfer::bits)
                .toList();
    }

    private static LayerGraph chain(SplittableRandom random) {
        List<Layer> layers = new ArrayList<>();
        int size = random.nextInt(2, 8);
        for (int v = 0; v < size; v++) {
            layers.add(new Layer("l" + v, List.of(v - 1), new Feature(random.nextInt(1, 40) * 100L, 1), 1, 1));
        }
        return new LayerGraph(new Feature(4000, 1), layers);
    }

    private static boolean keeps(
            PartitionPlan plan, Map<Integer, PairedLoss> losses, @Nullable Double lossMax, @Nullable Double floor) {
        double loss = 0;
        double high = 0;
        boolean packs = false;
        for (var sent : plan.transfers()) {
            if (sent.bits() == 4) {
                packs = true;
                PairedLoss one = losses.get(sent.producer());
                if (one == null && (lossMax != null || floor != null)) {
                    return false;
                }
                loss += one == null ? 0 : Math.max(0, one.loss());
                high += one == null ? 0 : one.high95();
            }
        }
        return loss <= (lossMax == null ? 0.01 : lossMax) && (floor == null || !packs || ACCURACY - high >= floor);
    }

    /** The soonest of all plans of two devices that keep the rule. */
    private static double all(
            PartitionProblem problem,
            Map<Integer, PairedLoss> losses,
            @Nullable Double lossMax,
            @Nullable Double floor) {
        double best = Double.POSITIVE_INFINITY;
        int layers = problem.graph().size();
        for (int cut = 0; cut <= layers; cut++) {
            for (int bits : List.of(8, 4)) {
                int at = cut;
                int only = bits;
                PartitionPlan plan = new ChainPlanner(problem.with(
                                (producer, some) -> some == only && producer == at - 1 ? 0 : Double.POSITIVE_INFINITY))
                        .pareto(0).stream()
                                .filter(one -> one.tierOf().stream()
                                                .filter(tier -> tier == 0)
                                                .count()
                                        == at)
                                .findFirst()
                                .orElse(null);
                if (plan != null && keeps(plan, losses, lossMax, floor)) {
                    best = Math.min(best, plan.latencyMillis());
                }
            }
        }
        return best;
    }
}
