package io.fleetwright.forge.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RangeMethodTest {
    @Test
    void movingAverageFollowsTheExtremesOfEachInput() {
        var observer = new RangeObserver();
        observer.widen(new float[] {-1, 10});
        observer.widen(new float[] {-3, 20});
        ActivationParameters parameters = observer.parameters(RangeMethod.MOVING_AVERAGE);
        assertThat((double) parameters.scale()).isCloseTo((10.5 + 1.1) / 255, within(1e-6));
        assertThat((double) observer.parameters(RangeMethod.MIN_MAX).scale()).isCloseTo(23.0 / 255, within(1e-6));
    }

    /** Directly on the values, over the same hundred shares. */
    @Test
    void leastErrorIsThatOfTryingAllSharesOnTheValues() {
        SeededCases.forEach(1, 10, (random, _) -> {
            float[] values = longTailed(random);
            float high = 0;
            float low = 0;
            for (float value : values) {
                high = Math.max(high, value);
                low = Math.min(low, value);
            }
            double least = Double.POSITIVE_INFINITY;
            for (int share = 1; share <= 100; share++) {
                least = Math.min(
                        least, error(ActivationParameters.covering(low * share / 100, high * share / 100), values));
            }
            ActivationParameters found = observed(values).parameters(RangeMethod.MSE);
            assertThat(error(found, values)).isBetween(least * 0.999, least * 1.05);
            assertThat(found.scale())
                    .isLessThan(observed(values).parameters(RangeMethod.MIN_MAX).scale());
        });
    }

    @Test
    void informationLossFollowsTheFormulaWithWholeGroups() {
        SeededCases.forEach(1, 20, (random, _) -> {
            var bins = new long[InformationLoss.BINS];
            for (int i = 0; i < bins.length; i++) {
                bins[i] = random.nextInt(5) == 0 ? 0 : (long) (1000 * Math.exp(-i / 300.0));
            }
            int kept = 128 * random.nextInt(1, 17);
            bins[kept - 1] = 7;
            double total = 0;
            double inside = 0;
            for (int i = 0; i < bins.length; i++) {
                total += bins[i];
                inside += i < kept ? bins[i] : 0;
            }
            double expected = 0;
            for (int i = 0; i < kept; i++) {
                int width = kept / 128;
                double sum = 0;
                int filled = 0;
                for (int j = i / width * width; j < (i / width + 1) * width; j++) {
                    sum += bins[j];
                    filled += bins[j] > 0 ? 1 : 0;
                }
                double p = (bins[i] + (i == kept - 1 ? total - inside : 0)) / total;
                expected += p > 0 ? p * Math.log(p / (sum / filled / inside)) : 0;
            }
            assertThat(InformationLoss.loss(bins, kept)).isCloseTo(expected, within(1e-9));
        });
    }

    @Test
    void oneValueFarOutIsCutOffByPercentilesAndByInformation() {
        float[] values = longTailed(new SplittableRandom(5));
        values[17] = 1000;
        RangeObserver observer = observed(values);
        float whole = observer.parameters(RangeMethod.MIN_MAX).scale();
        for (RangeMethod method : List.of(RangeMethod.PERCENTILE_999, RangeMethod.PERCENTILE_9999, RangeMethod.KL)) {
            assertThat(observer.parameters(method).scale()).as(method.label()).isLessThan(0.2f * whole);
        }
    }

    private static RangeObserver observed(float[] values) {
        var observer = new RangeObserver();
        observer.widen(values);
        observer.count(values);
        return observer;
    }

    private static float[] longTailed(SplittableRandom random) {
        var values = new float[20_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.abs(Math.pow(random.nextGaussian(), 3));
        }
        return values;
    }

    private static double error(ActivationParameters parameters, float[] values) {
        double sum = 0;
        for (float value : values) {
            double off = parameters.real(parameters.quantize(value)) - value;
            sum += off * off;
        }
        return sum;
    }
}
