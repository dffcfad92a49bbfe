package io.fleetwright.forge.allocate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BitAllocatorTest {
    private static final List<Measure> MEASURES = List.of(Measure.values());

    private static AllocationResult.Found found(LayerTable table, Budget... budgets) {
        return (AllocationResult.Found) BitAllocator.allocate(table, List.of(budgets));
    }

    private static Layer layer(double gain, long params, double millis, String tie) {
        return new Layer("l", 1, new ByBits(gain, 0), params, 1, new ByBits(millis, 2 * millis), new ByBits(1, 2), tie);
    }

    @Test
    void findsThePublishedBitsOfResnet18() throws IOException {
        var published = PublishedTable.read();
        LayerTable table = published.table();
        assertThat(table.layers()).hasSize(19);
        assertThat(published.expected()).hasSize(6);
        for (var expected : published.expected()) {
            var found = found(table, Budget.between(table, expected.measure(), expected.fraction()));
            assertThat(found.allocation().bits()).as("%s", expected).isEqualTo(expected.bits());
            assertThat(found.allocation().objective()).isCloseTo(expected.objective(), within(5e-7));
            assertThat(found.proven()).isTrue();
            assertThat(found.nodes()).isLessThan(1500);
        }
    }

    @Test
    void greedyIsTheWorseBaselineOfThePage() throws IOException {
        var published = PublishedTable.read();
        LayerTable table = published.table();
        var expected = published.expected().stream()
                .filter(one -> !Double.isNaN(one.greedy()))
                .toList();
        assertThat(expected).hasSize(1);
        var budget = Budget.between(
                table, expected.getFirst().measure(), expected.getFirst().fraction());
        assertThat(GreedyAllocator.allocate(table, List.of(budget))
                        .orElseThrow()
                        .objective())
                .isCloseTo(expected.getFirst().greedy(), within(5e-7));
    }

    @Test
    void isOptimalForTheLatencyOfResnet18() throws IOException {
        LayerTable table = PublishedTable.read().table();
        for (double fraction : List.of(.25, .5, .75)) {
            Budget budget = Budget.between(table, Measure.LATENCY, fraction);
            assertThat(found(table, budget).allocation().objective())
                    .isCloseTo(BruteForce.least(table, List.of(budget)), within(1e-12));
        }
    }

    @Test
    void agreesWithBruteForceOnRandomTables() {
        Set<Class<?>> seen = new HashSet<>();
        SeededCases.forEach(1, 1200, (random, _) -> {
            LayerTable table = randomTable(random);
            List<Budget> budgets = randomBudgets(random, table);
            double least = BruteForce.least(table, budgets);
            AllocationResult result = BitAllocator.allocate(table, budgets);
            seen.add(result.getClass());
            if (!(result instanceof AllocationResult.Found found)) {
                assertThat(result).isInstanceOf(AllocationResult.Infeasible.class);
                assertThat(least).isInfinite();
                return;
            }
            List<Integer> bits = found.allocation().bits();
            assertThat(found.proven()).isTrue();
            assertThat(found.allocation().objective()).isCloseTo(least, within(1e-9));
            assertThat(table.objective(bits)).isEqualTo(found.allocation().objective());
            assertThat(budgets).allMatch(budget -> budget.admits(table.cost(budget.measure(), bits)));
            GreedyAllocator.allocate(table, budgets)
                    .ifPresent(greedy -> assertThat(greedy.objective()).isGreaterThanOrEqualTo(least - 1e-9));
        });
        assertThat(seen).hasSize(2);
    }

    @Test
    void saysWhichBudgetCannotBeMet() {
        var table = new LayerTable(List.of(layer(1, 100, 1, "")));
        var tooSmall = new Budget(Measure.SIZE, 49);
        assertThat(BitAllocator.allocate(table, List.of(tooSmall, new Budget(Measure.LATENCY, 1))))
                .isEqualTo(new AllocationResult.Infeasible(List.of(tooSmall)));
        assertThat(GreedyAllocator.allocate(table, List.of(tooSmall))).isEmpty();
    }

    @Test
    void saysWhenOnlyTheCombinationCannotBeMet() {
        var fasterAtEight = new Layer("l", 1, new ByBits(1, 0), 100, 1, new ByBits(2, 1), null, "");
        var table = new LayerTable(List.of(fasterAtEight));
        assertThat(BitAllocator.allocate(table, List.of(new Budget(Measure.SIZE, 50), new Budget(Measure.LATENCY, 1))))
                .isEqualTo(new AllocationResult.Infeasible(List.of()));
    }

    @Test
    void eightBitsThatCostNothingMoreAreTaken() {
        var table = new LayerTable(
                List.of(new Layer("l", 1, new ByBits(1, 0), 100, 1, new ByBits(1, 1), null, ""), layer(1, 100, 1, "")));
        assertThat(found(table, new Budget(Measure.LATENCY, 2)).allocation().bits())
                .containsExactly(8, 4);
    }

    @Test
    void theLimitOfNodesIsSaidAndNotHidden() {
        var random = new SplittableRandom(7);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            // Gains about in proportion to size: the hard case of the knapsack.
            int params = random.nextInt(1000, 2000);
            layers.add(layer(params + random.nextInt(3), params, 1, ""));
        }
        var table = new LayerTable(layers);
        var budgets = List.of(Budget.between(table, Measure.SIZE, 0.5));
        var cut = (AllocationResult.Found) BitAllocator.allocate(table, budgets, 1000);
        assertThat(cut.proven()).isFalse();
        assertThat(cut.nodes()).isEqualTo(1000);
        assertThat(BitAllocator.allocate(table, budgets, 3)).isEqualTo(new AllocationResult.Undecided(3));
    }

    @Test
    void refusesContradictoryBudgetsAndMissingFigures() throws IOException {
        var table = new LayerTable(List.of(layer(1, 100, 1, "")));
        var size = new Budget(Measure.SIZE, 100);
        assertThatThrownBy(() -> BitAllocator.allocate(table, List.of(size, size)))
                .hasMessage("size has two budgets");
        assertThatThrownBy(() -> BitAllocator.allocate(table, List.of())).hasMessage("budgets must not be empty");
        assertThatThrownBy(() -> Budget.between(table, Measure.SIZE, 1.01)).hasMessageContaining("must be 0 to 1");
        var withoutEnergy =
                new LayerTable(List.of(new Layer("a", 1, new ByBits(1, 0), 1, 1, new ByBits(1, 1), null, "")));
        assertThatThrownBy(() -> Budget.between(withoutEnergy, Measure.ENERGY, .5))
                .hasMessage("energy of layer a is unknown");
    }

    private static LayerTable randomTable(SplittableRandom random) {
        List<Layer> layers = new ArrayList<>();
        int count = random.nextInt(1, 13);
        boolean equalCosts = random.nextInt(4) == 0;
        for (int i = 0; i < count; i++) {
            layers.add(new Layer(
                    "l" + i,
                    random.nextInt(8) == 0 ? 0 : random.nextInt(1, 1000) / 1000.0,
                    new ByBits(random.nextInt(100) / 10.0, random.nextInt(20) / 10.0),
                    equalCosts ? 64 : random.nextInt(1, 100_000),
                    random.nextInt(0, 50) / 4.0,
                    new ByBits(random.nextInt(1, 40) / 8.0, random.nextInt(1, 80) / 8.0),
                    new ByBits(random.nextInt(1, 40) / 8.0, random.nextInt(20, 80) / 8.0),
                    random.nextInt(3) == 0 ? "t" + random.nextInt(3) : ""));
        }
        return new LayerTable(layers);
    }

    private static List<Budget> randomBudgets(SplittableRandom random, LayerTable table) {
        Set<Measure> measures = EnumSet.noneOf(Measure.class);
        int count = random.nextInt(1, 4);
        while (measures.size() < count) {
            measures.add(MEASURES.get(random.nextInt(MEASURES.size())));
        }
        return measures.stream()
                .map(measure -> random.nextInt(8) == 0
                        ? new Budget(measure, 0.9 * table.uniformCost(measure, 4))
                        : Budget.between(table, measure, random.nextInt(0, 9) / 8.0))
                .toList();
    }
}
