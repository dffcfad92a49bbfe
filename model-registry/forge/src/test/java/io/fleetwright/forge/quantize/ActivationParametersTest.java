package io.fleetwright.forge.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import org.junit.jupiter.api.Test;

final class ActivationParametersTest {
    @Test
    void zeroIsExactAndEveryCoveredValueIsWithinOneStep() {
        SeededCases.forEach(1, 200, (random, _) -> {
            double low = random.nextDouble(-10, 5);
            double high = low + random.nextDouble(0, 20);
            ActivationParameters parameters = ActivationParameters.covering(low, high);
            assertThat(parameters.real(parameters.quantize(0))).isZero();
            for (int i = 0; i <= 10; i++) {
                float real = (float) (low + (high - low) * i / 10);
                assertThat((double) parameters.real(parameters.quantize(real)))
                        .isCloseTo(real, within(parameters.scale() * 1.01));
            }
        });
    }

    @Test
    void halvesGoAwayFromZeroAndValuesOutsideSaturate() {
        var parameters = new ActivationParameters(1, 0);
        assertThat(parameters.quantize(2.5f)).isEqualTo((byte) 3);
        assertThat(parameters.quantize(-2.5f)).isEqualTo((byte) -3);
        assertThat(parameters.quantize(1e9f)).isEqualTo((byte) 127);
        assertThat(parameters.quantize(-1e9f)).isEqualTo((byte) -128);
    }

    @Test
    void refusesScalesThatMeanNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ActivationParameters(0, 0))
                .withMessageContaining("scale (0.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ActivationParameters(1, 128))
                .withMessageContaining("zeroPoint (128)");
    }

    @Test
    void observerCutsTheRareValuesOnly() {
        var observer = new RangeObserver();
        var values = new float[100_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 100_000f;
        }
        values[7] = 50;
        observer.widen(values);
        observer.count(values);
        assertThat(observer.parameters(1).scale() * 255).isCloseTo(50, within(0.01f));
        assertThat(observer.parameters(0.999).scale() * 255).isBetween(0.95f, 1.1f);
    }
}
