package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Seeded histories of rollouts: policies and operators at random, processes that end at any write, messages lost, doubled
 * and late, clocks that are up to a day wrong, and a controller that was
 * replaced and acts on. {@code -Dfleetwright.histories=N} runs more, {@code -Dfleetwright.seed=N} one.
 */
class RolloutHistoriesTest {
    private static final int NODES = 8;
    private static final FleetWorld.Faults STORM = new FleetWorld.Faults(0.15, 0.08, 0.01, 0.01, 0.01, 0.5);

    @Test
    void everyRolloutEndsAndSuccessIsNeverFalse() {
        int histories = Integer.getInteger("fleetwright.histories", 100);
        Map<String, Integer> ends = new TreeMap<>();
        int[] crashes = new int[1];
        long[] staleSteps = new long[1];
        SeededCases.forEach(1, histories, (_, seed) -> {
            FleetWorld.Outcome outcome = new FleetWorld(seed, NODES, STORM, FleetWorld.Focus.ROLLOUTS).run();
            crashes[0] += outcome.crashes();
            staleSteps[0] += outcome.staleSteps();
            outcome.rolloutStates().forEach((state, count) -> ends.merge(state, count, Integer::sum));
        });
        System.out.printf(
                "%d rollout histories: %d crashes, %d steps of a replaced controller, ends %s%n",
                histories, crashes[0], staleSteps[0], ends);
        assertThat(crashes[0]).isGreaterThan(histories);
        assertThat(staleSteps[0]).isGreaterThan(histories);
        assertThat(ends).containsKeys("succeeded", "rolled-back", "aborted");
    }
}
