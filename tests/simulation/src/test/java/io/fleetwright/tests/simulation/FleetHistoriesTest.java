package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Seeded histories of a fleet of 20. {@code -Dfleetwright.seed=N} repeats one; {@code -Dfleetwright.histories=N} runs
 * more of them.
 */
class FleetHistoriesTest {
    private static final int NODES = 20;
    private static final Weather.Faults STORM = new Weather.Faults(0.15, 0.08, 0.01, 0.006, 0.01, 0.5);

    @Test
    void aHundredHistoriesWithLossDuplicationAndCrashesKeepEveryPromise() {
        int histories = Integer.getInteger("fleetwright.histories", 100);
        List<FleetWorld.Outcome> outcomes = new ArrayList<>();
        SeededCases.forEach(1, histories, (_, seed) -> outcomes.add(new FleetWorld(seed, NODES, STORM).run()));
        int crashes = outcomes.stream().mapToInt(FleetWorld.Outcome::crashes).sum();
        int succeeded = outcomes.stream()
                .mapToInt(outcome -> outcome.jobStates().getOrDefault("succeeded", 0))
                .sum();
        System.out.printf(
                "%d histories of %d nodes: %d crashes, %d messages delivered, %d jobs succeeded%n",
                outcomes.size(),
                NODES,
                crashes,
                outcomes.stream().mapToInt(FleetWorld.Outcome::delivered).sum(),
                succeeded);
        assertThat(crashes).as("the weather was bad enough to mean something").isGreaterThan(outcomes.size());
        assertThat(succeeded).as("and work was done all the same").isGreaterThan(10 * outcomes.size());
    }

    @Test
    void theSameSeedIsTheSameHistory() {
        FleetWorld.Outcome first = new FleetWorld(42, NODES, STORM).run();
        FleetWorld.Outcome second = new FleetWorld(42, NODES, STORM).run();
        assertThat(second).isEqualTo(first);
    }

    @Test
    void withoutFaultsEveryJobSucceeds() {
        FleetWorld.Outcome outcome = new FleetWorld(7, NODES, new Weather.Faults(0, 0, 0, 0, 0, 0)).run();
        assertThat(outcome.crashes()).isZero();
        assertThat(outcome.jobStates()).containsOnlyKeys("succeeded").containsEntry("succeeded", 40);
    }
}
