package io.fleetwright.telemetry.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ObservationTest {
    private static final String DIGEST = "sha256:" + "cd".repeat(32);

    private static Observation observation(int inferences, int labelled, int correct) {
        return new Observation(
                "cpu0",
                "glyphs",
                DIGEST,
                5000,
                inferences,
                true,
                LatencyHistogram.EMPTY,
                Observation.Energy.NONE,
                new Observation.Labels(labelled, correct),
                Observation.Comparison.NONE,
                0,
                0,
                false);
    }

    @Test
    void comesBackFromAFrame() throws Exception {
        Observation sent = observation(20, 10, 9);
        TelemetryFrame frame = new TelemetryFrame(new Stamp("00".repeat(8), 1), 5, List.of(), 0, List.of(sent));
        assertThat(TelemetryFrame.decode(frame.encode())).isEqualTo(frame);
    }

    @Test
    void refusesPartsThatAreMoreThanTheWhole() {
        assertThatThrownBy(() -> observation(20, 21, 0)).hasMessageContaining("cpu0/glyphs");
        assertThatThrownBy(() -> observation(20, 3, 4)).hasMessageContaining("out of range");
    }

    @Test
    void frameHoldsABoundedNumberOfObservations() {
        List<Observation> many = Collections.nCopies(Limits.OBSERVATIONS_PER_FRAME_MAX + 1, observation(1, 0, 0));
        assertThatThrownBy(() -> new TelemetryFrame(new Stamp("00".repeat(8), 1), 0, List.of(), 0, many))
                .hasMessageContaining("129 observations, at most 128");
    }

    @Test
    void percentileIsKnownToFivePercent() {
        SplittableRandom random = new SplittableRandom(3);
        TreeMap<Integer, Long> counts = new TreeMap<>();
        double[] all =
                random.doubles(10_000).map(u -> 1000 * Math.exp(u)).sorted().toArray();
        for (double micros : all) {
            counts.merge(LatencyHistogram.bucket(micros), 1L, Long::sum);
        }
        LatencyHistogram histogram = new LatencyHistogram(counts);
        double exact = all[9500 - 1];
        assertThat(histogram.percentileMicros(0.95)).isBetween(exact, exact * 1.05);
        assertThat(histogram.above(histogram.percentileMicros(0.95)) / 10_000.0).isCloseTo(0.05, within(0.05));
        assertThat(LatencyHistogram.parse(histogram.text())).isEqualTo(histogram);
        assertThat(histogram.plus(histogram).count()).isEqualTo(20_000);
    }
}
