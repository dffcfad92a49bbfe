package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ObjectiveTest {
    /** Two jobs done, eight given up. */
    private static SimulationResult result(double latency, double joules, double endMicros, int missed) {
        return new SimulationResult(
                2,
                8,
                0,
                0,
                missed,
                new double[] {latency - 10, latency + 10},
                joules,
                endMicros,
                20,
                1,
                Map.of(),
                List.of(),
                List.of());
    }

    @Test
    void figuresByHand() {
        SimulationResult result = result(100, 0.5, 4_000, 3);
        assertThat(Objective.MAKESPAN.of(result)).isEqualTo(4_000);
        assertThat(Objective.MEAN_LATENCY.of(result)).isEqualTo(100);
        assertThat(Objective.DEADLINE_MISS.of(result)).isEqualTo(0.3);
        assertThat(Objective.ENERGY.of(result)).isEqualTo(0.5);
        assertThat(Objective.ENERGY_DELAY.of(result)).isCloseTo(0.5 * 100e-6, within(1e-15));
        assertThat(Objective.THROUGHPUT.of(result)).isCloseTo(500, within(1e-9));
    }

    @Test
    void theBestIsTheLeastSaveForThroughput() {
        Map<String, SimulationResult> results = new LinkedHashMap<>();
        results.put("quick", result(100, 9, 4_000, 3));
        results.put("frugal", result(300, 1, 8_000, 5));
        results.put("punctual", result(200, 5, 6_000, 0));
        assertThat(Objective.MAKESPAN.best(results)).isEqualTo("quick");
        assertThat(Objective.MEAN_LATENCY.best(results)).isEqualTo("quick");
        assertThat(Objective.THROUGHPUT.best(results)).isEqualTo("quick");
        assertThat(Objective.ENERGY.best(results)).isEqualTo("frugal");
        assertThat(Objective.ENERGY_DELAY.best(results)).isEqualTo("frugal");
        assertThat(Objective.DEADLINE_MISS.best(results)).isEqualTo("punctual");
    }

    @Test
    void unknownFiguresComeLastAndTheFirstOfEqualsWins() {
        Map<String, SimulationResult> results = new LinkedHashMap<>();
        results.put("unknown", result(100, Double.NaN, 4_000, 0));
        results.put("first", result(100, 7, 4_000, 0));
        results.put("second", result(100, 7, 4_000, 0));
        assertThat(Objective.ENERGY.best(results)).isEqualTo("first");
        assertThat(Objective.MAKESPAN.best(results)).isEqualTo("unknown");
        assertThatThrownBy(() -> Objective.ENERGY.best(Map.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(Objective.class)
    void wordsAreLowerCase(Objective objective) {
        assertThat(objective.word()).matches("[a-z]+(-[a-z]+)?");
        assertThat(objective.unit()).isNotBlank();
    }
}
