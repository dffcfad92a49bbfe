package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SimulationResultTest {
    @Test
    void quantilesAreTheLatencyThatMoreThanThePartKeepsWithin() {
        SimulationResult result = result(4, 0, 0, 1, 2, 3, 4);
        assertThat(result.quantileMicros(0)).isEqualTo(1);
        assertThat(result.quantileMicros(0.24)).isEqualTo(1);
        assertThat(result.quantileMicros(0.25)).isEqualTo(2);
        assertThat(result.quantileMicros(0.95)).isEqualTo(4);
        assertThat(result.quantileMicros(1)).isEqualTo(4);
        assertThat(result.meanMicros()).isEqualTo(2.5);
        assertThat(result.maxMicros()).isEqualTo(4);
    }

    @Test
    void withoutJobsNothingIsANumber() {
        SimulationResult none = result(0, 0, 0);
        assertThat(none.meanMicros()).isNaN();
        assertThat(none.maxMicros()).isNaN();
        assertThat(none.quantileMicros(0.5)).isNaN();
        assertThat(none.missRate()).isZero();
    }

    /** Of 3 done, 1 was late; 2 were given up, which counts as late: 3 of 5 are lost, 2 on time. */
    @Test
    void lateAndAbandonedJobsAreMissed() {
        SimulationResult result = result(3, 2, 3, 1, 2, 9);
        assertThat(result.onTime()).isEqualTo(2);
        assertThat(result.missRate()).isEqualTo(0.6);
    }

    private static SimulationResult result(int completed, int abandoned, int missed, double... latencies) {
        return new SimulationResult(
                completed, abandoned, 0, 0, missed, latencies, 0, 0, 0, 0, Map.of(), List.of(), List.of());
    }
}
