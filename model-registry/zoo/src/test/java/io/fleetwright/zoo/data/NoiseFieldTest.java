package io.fleetwright.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.zoo.train.MixingRandom;
import java.util.DoubleSummaryStatistics;
import org.junit.jupiter.api.Test;

final class NoiseFieldTest {
    private final NoiseField field = new NoiseField(new MixingRandom(4, 0), 3, 3, 0.6);

    @Test
    void staysBetweenZeroAndOneAndVaries() {
        var values = new DoubleSummaryStatistics();
        for (int i = 0; i < 10_000; i++) {
            values.accept(field.at(i % 100 / 100.0, i / 100 / 100.0));
        }
        assertThat(values.getMin()).isBetween(0.0, 0.4);
        assertThat(values.getMax()).isBetween(0.6, 1.0);
    }

    @Test
    void repeatsWithPeriodOneInBothDirections() {
        for (double place : new double[] {-0.75, 0, 0.3, 0.999}) {
            assertThat(field.at(place + 1, 0.4)).isCloseTo(field.at(place, 0.4), within(1e-9));
            assertThat(field.at(0.4, place - 2)).isCloseTo(field.at(0.4, place), within(1e-9));
        }
    }

    /** The steepest octave has 12 cells and a height of 0.18; a smooth step is at most 1.5 times as steep as a line. */
    @Test
    void hasNoJumps() {
        double step = 1e-4;
        for (int i = 0; i < 20_000; i++) {
            double x = i * step;
            assertThat(Math.abs(field.at(x + step, 0.37) - field.at(x, 0.37))).isLessThan(20 * step);
        }
    }

    @Test
    void refusesWhatIsOutOfRange() {
        var random = new MixingRandom(1, 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NoiseField(random, 0, 1, 0.5))
                .withMessageContaining("cells (0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NoiseField(random, 1, 7, 0.5))
                .withMessageContaining("octaves (7)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NoiseField(random, 1, 1, Double.NaN))
                .withMessageContaining("persistence (NaN)");
    }
}
