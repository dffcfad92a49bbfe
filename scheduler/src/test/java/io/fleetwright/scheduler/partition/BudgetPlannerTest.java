package io.fleetwright.scheduler.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Every plan there is, written down one by one, is the oracle. */
final class BudgetPlannerTest {
    private static final int CASES = 1000;

    @Test
    void thePlanIsTheSoonestOfAllThatKeepTheBudget() {
        int[] slower = new int[1];
        int[] none = new int[1];
        SeededCases.forEach(1, CASES, (random, _) -> {
            LayerGraph graph = RandomPartitions.graph(random, random.nextInt(1, 8), 0.3);
            PartitionProblem problem =
                    RandomPartitions.problem(random, graph, random.nextInt(2, 5), random.nextInt(3) == 0);
            List<PartitionPlan> all = ChainPlannerTest.all(problem);
            if (all.isEmpty()) {
                assertThat(new BudgetPlanner(problem).fastest(Double.MAX_VALUE)).isEmpty();
                return;
            }
            double[] energies = all.stream()
                    .mapToDouble(plan -> BudgetPlanner.millijoules(problem, plan))
                    .sorted()
                    .toArray();
            // Between two plans, so that rounding decides nothing.
            int at = random.nextInt(energies.length + 1);
            double budget = at == 0
                    ? energies[0] * 0.9
                    : at == energies.length ? energies[at - 1] * 1.1 : (energies[at - 1] + energies[at]) / 2;
            Optional<PartitionPlan> found = new BudgetPlanner(problem).fastest(budget);
            double expected = all.stream()
                    .filter(plan -> BudgetPlanner.millijoules(problem, plan) <= budget)
                    .mapToDouble(PartitionPlan::latencyMillis)
                    .min()
                    .orElse(Double.NaN);
            assertThat(found.isPresent()).isEqualTo(!Double.isNaN(expected));
            if (found.isEmpty()) {
                none[0]++;
                return;
            }
            assertThat(found.get().latencyMillis()).isCloseTo(expected, within(1e-9));
            assertThat(BudgetPlanner.millijoules(problem, found.get())).isLessThanOrEqualTo(budget + 1e-9);
            double soonest = new ChainPlanner(problem).fastest().orElseThrow().latencyMillis();
            slower[0] += expected > soonest + 1e-6 ? 1 : 0;
        });
        assertThat(slower[0]).as("budgets that change the plan").isGreaterThan(CASES / 20);
        assertThat(none[0]).as("budgets that no plan keeps").isPositive();
    }

    /** As large as models may be: what crosses a cut is not looked for anew at each end of each part. */
    @Test
    void aLongChainIsPlannedAsWithoutABudgetThatBinds() {
        int layers = 10_000;
        var feature = new Feature(1000, 10);
        List<Layer> chain = new ArrayList<>();
        double[] device = new double[layers];
        double[] server = new double[layers];
        double[] energy = new double[layers];
        for (int v = 0; v < layers; v++) {
            chain.add(new Layer("l" + v, List.of(v - 1), feature, 1, 50));
            device[v] = 1 + v % 3;
            server[v] = v < 100 ? 10 : 0.5;
            energy[v] = 1;
        }
        var problem = PartitionProblem.of(
                new LayerGraph(feature, chain),
                new Tier("device", device, energy, Long.MAX_VALUE, 100),
                new Tier("server", server, energy, Long.MAX_VALUE, 0),
                new Link(8000, 2, 0, 1, 1),
                WireFormat.IDEAL,
                List.of(8));
        PartitionPlan plan = new BudgetPlanner(problem).fastest(1e9).orElseThrow();
        assertThat(plan.latencyMillis())
                .isCloseTo(new ChainPlanner(problem).fastest().orElseThrow().latencyMillis(), within(1e-6));
        assertThat(plan.isLocal()).isFalse();
    }

    /** By hand: 2 layers of 3 mJ here and 1 mJ there, 1000 bytes between them at 500 and 250 nJ a bit, of which half is lost. */
    @Test
    void bothEndsOfAWayCountAndWhatIsLostCountsAgain() {
        var feature = new Feature(1000, 10);
        var graph = new LayerGraph(
                new Feature(4000, 1),
                List.of(
                        new Layer("a", List.of(-1), feature, 1, 50),
                        new Layer("b", List.of(0), new Feature(10, 1), 1, 50)));
        var problem = PartitionProblem.of(
                graph,
                new Tier("device", new double[] {10, 10}, new double[] {3, 3}, Long.MAX_VALUE, 100),
                new Tier("server", new double[] {1, 1}, new double[] {1, 1}, Long.MAX_VALUE, 0),
                new Link(8000, 2, 0.5, 500, 250),
                WireFormat.IDEAL,
                List.of(8));
        PartitionPlan cut = new BudgetPlanner(problem).fastest(16.1).orElseThrow();
        assertThat(cut.tierOf()).containsExactly(0, 1);
        assertThat(BudgetPlanner.millijoules(problem, cut)).isCloseTo(3 + 1 + 8 + 4, within(1e-9));
        assertThat(new BudgetPlanner(problem).fastest(15.9).orElseThrow().isLocal())
                .isTrue();
        assertThat(new BudgetPlanner(problem).fastest(5.9)).isEmpty();
    }
}
