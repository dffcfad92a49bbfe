package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StrainTest {
    @Test
    void aBoardIsHotFromOneLimitToTheOther() {
        Strain strain = Strain.NONE.after(79.9, null);
        assertThat(strain).isEqualTo(Strain.NONE);
        strain = strain.after(80.0, null);
        assertThat(strain.isHot()).isTrue();
        assertThat(strain.causeAfter(Strain.NONE)).isEqualTo("temperature-high");
        assertThat(strain.after(70.1, null).isHot()).isTrue();
        assertThat(strain.after(null, 50.0).isHot())
                .as("nothing was said of it")
                .isTrue();
        assertThat(strain.after(70.0, null).isHot()).isFalse();
        assertThat(Strain.NONE.causeAfter(strain)).isEqualTo("temperature-normal");
    }

    @Test
    void aBatteryIsLowFromOneLimitToTheOther() {
        Strain strain = Strain.NONE.after(null, 20.0);
        assertThat(strain).isEqualTo(Strain.NONE);
        strain = strain.after(null, 19.9);
        assertThat(strain.isLow()).isTrue();
        assertThat(strain.causeAfter(Strain.NONE)).isEqualTo("battery-low");
        assertThat(strain.after(null, 29.9).isLow()).isTrue();
        assertThat(strain.after(null, 30.0).isLow()).isFalse();
        assertThat(Strain.NONE.causeAfter(strain)).isEqualTo("battery-recovered");
        assertThat(strain.causeAfter(strain)).isNull();
    }

    /** Around any level, samples that spread by less than the distance of the limits make at most one change. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void samplesAroundALevelDoNotFlap(long seed) {
        var random = new Random(seed);
        for (int level = 0; level < 200; level++) {
            double celsius = 40 + 70 * random.nextDouble();
            double percent = 100 * random.nextDouble();
            Strain now = Strain.NONE;
            int heats = 0;
            int lows = 0;
            for (int i = 0; i < 200; i++) {
                Strain next = now.after(
                        celsius + 9.9 * (random.nextDouble() - 0.5), percent + 9.9 * (random.nextDouble() - 0.5));
                heats += next.isHot() == now.isHot() ? 0 : 1;
                lows += next.isLow() == now.isLow() ? 0 : 1;
                now = next;
            }
            assertThat(heats).as("around %.1f degrees", celsius).isLessThanOrEqualTo(1);
            assertThat(lows).as("around %.1f %%", percent).isLessThanOrEqualTo(1);
        }
    }
}
