package io.fleetwright.forge.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.network.TrainedStatistics;
import io.fleetwright.forge.weights.InputMoments;
import io.fleetwright.forge.weights.IntegerWeights;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.forge.weights.WeightGrid;
import io.fleetwright.forge.weights.WeightRows;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class BiasCorrectionTest {
    private static final int DEPTH = 12;
    private static final int OUTS = 5;

    @Test
    void clippedNormalMeanIsThatOfManyDraws() {
        var random = new SplittableRandom(1);
        for (double mean : new double[] {-2, -0.5, 0, 0.3, 3}) {
            double sum = 0;
            int draws = 200_000;
            for (int i = 0; i < draws; i++) {
                sum += Math.max(mean + 1.5 * random.nextGaussian(), 0);
            }
            assertThat(ClippedNormal.mean(mean, 1.5)).isCloseTo(sum / draws, within(0.02));
        }
        assertThat(ClippedNormal.mean(-1, 0)).isZero();
        assertThat(ClippedNormal.mean(2, 0)).isEqualTo(2);
    }

    @Test
    void measuredMeansAreKeptAndThoseFromStatisticsNearly() {
        SeededCases.forEach(1, 20, (random, _) -> {
            Fixture fixture = new Fixture(random, WeightFormat.INT4);
            double[] without = fixture.meanShift(new double[OUTS]);
            double[] measured = fixture.meanShift(fixture.correction(BiasSource.MEASURED));
            double[] statistics = fixture.meanShift(fixture.correction(BiasSource.STATISTICS));
            assertThat(size(measured)).isLessThan(1e-5);
            assertThat(size(statistics)).isLessThan(0.25 * size(without));
        });
    }

    @Test
    void theDeadZoneGivesBackWhatItsWeightsMeant() {
        SeededCases.forEach(1, 20, (random, _) -> {
            Fixture fixture = new Fixture(random, WeightFormat.TERNARY);
            double[] found = fixture.correction(BiasSource.DEAD_ZONE);
            for (int o = 0; o < OUTS; o++) {
                double expected = 0;
                for (int i = 0; i < DEPTH; i++) {
                    int at = o * DEPTH + i;
                    if (fixture.weights.levels()[at] == 0) {
                        for (float[] values : fixture.values) {
                            expected += fixture.rows.values()[at] * values[i] / fixture.values.size();
                        }
                    }
                }
                assertThat(found[o]).isCloseTo(expected, within(1e-4));
            }
        });
    }

    @Test
    void onTheWholeTheDeadZoneBringsTernaryMeansCloser() {
        var without = new double[1];
        var with = new double[1];
        SeededCases.forEach(1, 60, (random, _) -> {
            Fixture fixture = new Fixture(random, WeightFormat.TERNARY);
            without[0] += size(fixture.meanShift(new double[OUTS]));
            with[0] += size(fixture.meanShift(fixture.correction(BiasSource.DEAD_ZONE)));
        });
        assertThat(with[0]).isLessThan(0.9 * without[0]);
    }

    private static double size(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    /** A layer after a normalized ReLU layer, with inputs drawn from the statistics. */
    private static final class Fixture {
        final FloatNetwork network;
        final LayerKernel kernel;
        final WeightRows rows;
        final IntegerWeights weights;
        final List<float[]> values = new ArrayList<>();

        Fixture(SplittableRandom random, WeightFormat format) {
            var shape = new ImageShape(1, 1, DEPTH);
            float[] mean = gaussian(random, DEPTH);
            float[] deviation = gaussian(random, DEPTH);
            for (int i = 0; i < DEPTH; i++) {
                deviation[i] = 0.2f + Math.abs(deviation[i]);
            }
            var first = new FloatLayer.Convolution(
                    DEPTH, DEPTH, 1, 1, gaussian(random, DEPTH * DEPTH), new float[DEPTH], Activation.RELU);
            var second = new FloatLayer.FullyConnected(DEPTH, OUTS, gaussian(random, DEPTH * OUTS), new float[OUTS]);
            network = new FloatNetwork(
                    "two",
                    shape,
                    List.of(first, second),
                    new TrainedStatistics(Optional.empty(), Map.of(0, new ChannelStatistics(mean, deviation))));
            kernel = new LayerKernel(second, shape);
            rows = WeightRows.of(second);
            var moments = new InputMoments(kernel);
            for (int n = 0; n < 4000; n++) {
                float[] input = gaussian(random, DEPTH);
                for (int i = 0; i < DEPTH; i++) {
                    input[i] = Math.max(mean[i] + deviation[i] * input[i], 0);
                }
                values.add(input);
                moments.add(input);
            }
            weights = Rounding.NEAREST.round(WeightGrid.fit(rows, format), moments);
        }

        double[] correction(BiasSource source) {
            return new BiasCorrection(network, source).of(1, kernel, integer(new float[OUTS]), weights, values, values);
        }

        double[] meanShift(double[] correction) {
            var bias = new float[OUTS];
            for (int o = 0; o < OUTS; o++) {
                bias[o] = (float) correction[o];
            }
            LayerKernel integer = integer(bias);
            var shift = new double[OUTS];
            for (float[] input : values) {
                float[] expected = kernel.sums(input);
                float[] found = integer.sums(input);
                for (int o = 0; o < OUTS; o++) {
                    shift[o] += (double) (found[o] - expected[o]) / values.size();
                }
            }
            return shift;
        }

        private LayerKernel integer(float[] bias) {
            return new LayerKernel(weights.real().into(kernel.layer(), bias), kernel.in());
        }
    }

    private static float[] gaussian(SplittableRandom random, int length) {
        var values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
