package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PaceTest {
    private static Pace after(Pace pace, double ratio, int windows) {
        Pace now = pace;
        for (int i = 0; i < windows; i++) {
            now = now.after(ratio);
        }
        return now;
    }

    @Test
    void aDeviceThatIsSlowForGoodIsPlannedSlower() {
        assertThat(after(Pace.EXPECTED, 3, 2).factor()).as("two windows").isEqualTo(1);
        Pace slow = after(Pace.EXPECTED, 3, 30);
        assertThat(slow.factor()).isCloseTo(3, within(0.6));
        assertThat(after(slow, 1, 30).factor()).as("cool again").isCloseTo(1, within(0.21));
    }

    @Test
    void oneBadWindowChangesNothing() {
        Pace pace = after(Pace.EXPECTED, 1, 5).after(1.8);
        assertThat(after(pace, 1, 5).factor()).isEqualTo(1);
    }

    @Test
    void fasterThanExpectedIsPlannedAsExpected() {
        assertThat(after(Pace.EXPECTED, 0.1, 50).factor()).isEqualTo(1);
        assertThat(after(Pace.EXPECTED, 1e9, 50).factor()).isLessThanOrEqualTo(Pace.FACTOR_MAX);
    }

    /** With any level and a spread of an eighth the factor settles, and stays. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aSteadyDeviceDoesNotFlap(long seed) {
        var random = new Random(seed);
        for (int level = 0; level < 100; level++) {
            double ratio = 0.5 + 5 * random.nextDouble();
            Pace now = Pace.EXPECTED;
            for (int i = 0; i < 40; i++) {
                now = now.after(ratio * (0.875 + 0.25 * random.nextDouble()));
            }
            double settled = now.factor();
            assertThat(settled).isBetween(Math.max(1, ratio / 1.4), Math.max(1.21, ratio * 1.4));
            int changes = 0;
            for (int i = 0; i < 500; i++) {
                Pace next = now.after(ratio * (0.875 + 0.25 * random.nextDouble()));
                changes += next.factor() == now.factor() ? 0 : 1;
                now = next;
            }
            assertThat(changes).as("at %.2f times", ratio).isLessThanOrEqualTo(1);
        }
    }
}
