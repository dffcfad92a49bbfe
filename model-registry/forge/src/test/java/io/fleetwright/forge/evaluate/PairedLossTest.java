package io.fleetwright.forge.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import org.junit.jupiter.api.Test;

final class PairedLossTest {
    private static final double Z95 = 1.959963984540054;

    /** Airway reactivity of 21 children before and after a transplantation, as in Fagerland et al., 2014. */
    @Test
    void hasThePublishedInterval() {
        PairedLoss loss = PairedLoss.of(21, 1, 7);
        assertThat(loss.loss()).isCloseTo(-0.286, within(0.0005));
        assertThat(loss.low95()).isCloseTo(-0.517, within(0.0005));
        assertThat(loss.high95()).isCloseTo(-0.026, within(0.0005));
    }

    /** Where no answer differs the interval is z^2 / (n + z^2) to both sides. */
    @Test
    void nothingSeenIsNotNothing() {
        for (int n : new int[] {1, 2, 100, 1_000_000}) {
            PairedLoss loss = PairedLoss.of(n, 0, 0);
            assertThat(loss.loss()).isZero();
            assertThat(loss.high95()).isCloseTo(Z95 * Z95 / (n + Z95 * Z95), within(1e-12));
            assertThat(loss.low95()).isEqualTo(-loss.high95());
        }
    }

    @Test
    void endsAreWhereTheScoreOfTheLikeliestGainsIsTheQuantile() {
        SeededCases.forEach(1, 200, (random, seed) -> {
            int n = random.nextInt(2, 400);
            int lost = random.nextInt(n + 1);
            int gained = random.nextInt(n - lost + 1);
            PairedLoss loss = PairedLoss.of(n, lost, gained);
            assertThat(loss.loss()).isBetween(loss.low95(), loss.high95());
            PairedLoss other = PairedLoss.of(n, gained, lost);
            assertThat(other.low95()).isEqualTo(-loss.high95());
            assertThat(other.high95()).isEqualTo(-loss.low95());
            if (loss.high95() < 1 - 1e-9) {
                assertThat(searched(n, lost, gained, loss.high95())).isCloseTo(-Z95, within(1e-3));
            }
            if (loss.low95() > -1 + 1e-9) {
                assertThat(searched(n, lost, gained, loss.low95())).isCloseTo(Z95, within(1e-3));
            }
        });
    }

    /** The score, with the share of gains that makes what was seen likeliest looked for by halving where its likelihood rises. */
    private static double searched(int n, int lost, int gained, double difference) {
        double low = Math.max(0, -difference);
        double high = (1 - difference) / 2;
        for (int round = 0; round < 200; round++) {
            double gains = (low + high) / 2;
            double slope = (lost == 0 ? 0 : lost / (gains + difference))
                    + (gained == 0 ? 0 : gained / gains)
                    - (n == lost + gained ? 0 : 2 * (n - lost - gained) / (1 - 2 * gains - difference));
            if (slope > 0) {
                low = gains;
            } else {
                high = gains;
            }
        }
        double gains = (low + high) / 2;
        double variance = n * (2 * gains + difference - difference * difference);
        return (lost - gained - n * difference) / Math.sqrt(variance);
    }

    @Test
    void countsThatCannotBeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PairedLoss.of(0, 0, 0))
                .withMessageContaining("n (0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PairedLoss.of(3, 2, 2))
                .withMessageContaining("lost (2) and gained (2)");
    }
}
