package io.fleetwright.forge.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.forge.weights.WeightRows;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HessianTraceTest {
    private static final int REPEATS = 40;

    /** Of a linear classifier the Hessian is {@code (diag(p) - p p') (x) x x'}, so its trace is {@code (1 - p'p) x'x}. */
    @Test
    void aLinearClassifierHasTheTraceOfItsFormula() {
        SeededCases.forEach(1, 20, (random, _) -> {
            int inputs = random.nextInt(4, 30);
            int outputs = random.nextInt(2, 6);
            var network = new FloatNetwork(
                    "linear",
                    new ImageShape(1, 1, inputs),
                    List.of(new FullyConnected(
                            inputs, outputs, gaussian(random, inputs * outputs), gaussian(random, outputs))));
            var calibration =
                    new CalibrationSet(network.input(), List.of(gaussian(random, inputs), gaussian(random, inputs)));
            double expected = 0;
            for (float[] x : calibration.inputs()) {
                double[] p = Sensitivity.logSoftmax(new FloatInference(network).run(x));
                double pure = 0;
                for (double log : p) {
                    pure += Math.exp(2 * log);
                }
                expected += (1 - pure) * Workpiece.squaredDistance(x, new float[inputs]) / 2;
            }
            var trace = new HessianTrace(network, calibration, 1);
            assertThat(diagonal(trace, 0, WeightRows.of(network.layers().getFirst())))
                    .isCloseTo(expected, within(0.02 * expected));
        });
    }

    /** Over many seeds the mean of the estimates is the sum of the diagonal, in every layer. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void randomSignsEstimateTheSumOfTheDiagonal(long seed) {
        var random = new SplittableRandom(seed);
        FloatNetwork network = RandomNetworks.classifier(random);
        var calibration = new CalibrationSet(network.input(), RandomNetworks.inputs(random, 4));
        for (int l = 0; l < network.layers().size(); l++) {
            if (!WeightRows.areIn(network.layers().get(l))) {
                continue;
            }
            WeightRows weights = WeightRows.of(network.layers().get(l));
            double sum = 0;
            for (int repeat = 0; repeat < REPEATS; repeat++) {
                sum += new HessianTrace(network, calibration, repeat).mean(l);
            }
            double expected = diagonal(new HessianTrace(network, calibration, 0), l, weights);
            assertThat(sum / REPEATS * weights.values().length)
                    .as("layer %d", l)
                    .isCloseTo(expected, within(0.1 * expected));
        }
    }

    /** The sum of {@code v' H v} over unit vectors: there is no chance in it. */
    private static double diagonal(HessianTrace trace, int layer, WeightRows weights) {
        double sum = 0;
        for (int i = 0; i < weights.values().length; i++) {
            var unit = new float[weights.values().length];
            unit[i] = 1;
            double along = trace.along(layer, weights, unit);
            assertThat(along).isNotNegative();
            sum += along;
        }
        return sum;
    }

    @Test
    void theSameSeedGivesTheSameEstimate() {
        var random = new SplittableRandom(5);
        FloatNetwork network = RandomNetworks.classifier(random);
        var calibration = new CalibrationSet(network.input(), RandomNetworks.inputs(random, 40));
        double first = new HessianTrace(network, calibration, 7).mean(0);
        assertThat(new HessianTrace(network, calibration, 7).mean(0))
                .isEqualTo(first)
                .isPositive();
        assertThat(new HessianTrace(network, calibration, 8).mean(0))
                .isNotEqualTo(first)
                .isPositive();
    }

    private static float[] gaussian(SplittableRandom random, int length) {
        var values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
