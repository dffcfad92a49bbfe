package io.fleetwright.scheduler.scenario;

import static io.fleetwright.scheduler.scenario.TestFleet.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.scenario.Disturbance.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    /** Ten frames of 10 ms times the seed and one. */
    private static Setting setting(long seed) {
        TestFleet fleet = new TestFleet().board("source", 5, 5).stream(100, 50, source(0, 0));
        fleet.endMillis = 1000;
        return fleet.happens(0, 0, Kind.SPEED, (double) (1 + seed)).setting();
    }

    @Test
    void figuresAreMeansAndDeviationsOverSeedsOnTheSameSettings() {
        // 10 ms times 2, 3, 4 for the seeds 1, 2, 3: 2, 3 and 4 mJ each.
        Comparison comparison = Comparison.of(List.of("local", "heft"), ComparisonTest::setting, 1, 3, () -> 0);
        assertThat(comparison.of("local")).isEqualTo(comparison.of("heft"));
        Comparison.Spread spread = comparison.spread("local", RunResult::activeMillijoulesPerResult);
        assertThat(spread.mean()).isCloseTo(3, within(1e-9));
        assertThat(spread.deviation()).isCloseTo(1, within(1e-9));
        assertThat(comparison.ratio("local", "heft", RunResult::onTime)).isEqualTo(1);
        assertThat(comparison.seedsWithin("local", "heft", RunResult::onTime, 1))
                .isEqualTo(3);
        assertThat(comparison.seedsWithin("local", "heft", RunResult::onTime, 0.9))
                .isZero();
    }

    @Test
    void aSeedAloneHasNoDeviation() {
        Comparison one = Comparison.of(List.of("local"), ComparisonTest::setting, 2, 1, () -> 0);
        assertThat(one.spread("local", RunResult::taken)).isEqualTo(new Comparison.Spread(10, 0));
    }

    @Test
    void policiesWithoutResultsAreRefused() {
        assertThatThrownBy(() -> new Comparison(Map.of("local", List.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[local]");
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        TestFleet fleet = new TestFleet().board("source", 5, 5).stream(100, 50, source(3, 0));
        assertThatThrownBy(fleet::setting).hasMessage("stream s0: board 3 is not among the 1");
        assertThatThrownBy(() -> new TestFleet().board("source", 5, 5).setting())
                .hasMessageContaining("streams (0) at least 1");
        assertThatThrownBy(() -> new Disturbance(1, 0, Kind.SPEED, 0.5))
                .hasMessageContaining("SPEED of board 0 by 0.5");
        assertThatThrownBy(() -> new Radio(0, 0, 0, 0, 0)).hasMessageContaining("rate (0.0 kbit/s)");
        assertThatThrownBy(() -> new FrameStream("s", 0, 0, 1, List.of(source(0, 0))))
                .hasMessageContaining("period (0.0 ms)");
    }
}
