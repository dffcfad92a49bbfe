package io.fleetwright.forge.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.testkit.SeededCases;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SensitivityTest {
    @Test
    void divergenceFollowsTheFormula() {
        SeededCases.forEach(1, 100, (random, _) -> {
            var left = new float[4];
            var right = new float[4];
            double sumLeft = 0;
            double sumRight = 0;
            for (int k = 0; k < 4; k++) {
                left[k] = (float) random.nextDouble(-3, 3);
                right[k] = (float) random.nextDouble(-3, 3);
                sumLeft += Math.exp(left[k]);
                sumRight += Math.exp(right[k]);
            }
            double expected = 0;
            for (int k = 0; k < 4; k++) {
                double p = Math.exp(left[k]) / sumLeft;
                expected += p * Math.log(p / (Math.exp(right[k]) / sumRight));
            }
            assertThat(Sensitivity.divergence(left, right)).isCloseTo(expected, within(1e-9));
            assertThat(Sensitivity.divergence(left, left)).isZero();
        });
    }

    @Test
    void fewerBitsCostMoreInEveryLayer() {
        var random = new SplittableRandom(1);
        FloatNetwork network = RandomNetworks.classifier(random);
        var calibration = new CalibrationSet(network.input(), RandomNetworks.inputs(random, 20));
        var formats = List.of(WeightFormat.INT8, WeightFormat.INT4, WeightFormat.TERNARY);
        List<Map<WeightFormat, Double>> layers = Sensitivity.of(network, calibration, formats);
        assertThat(layers).hasSize(4);
        for (Map<WeightFormat, Double> layer : layers) {
            var costs = new EnumMap<>(layer);
            assertThat(costs.get(WeightFormat.INT8)).isLessThan(costs.get(WeightFormat.INT4));
            assertThat(costs.get(WeightFormat.INT4)).isLessThan(costs.get(WeightFormat.TERNARY));
        }
    }
}
