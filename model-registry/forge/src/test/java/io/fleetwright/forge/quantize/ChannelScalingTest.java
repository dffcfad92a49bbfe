package io.fleetwright.forge.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.ScaleSpan;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ChannelScalingTest {
    private static final Step.Equalize EQUALIZE = new Step.Equalize(200, 1e-4);

    @Test
    void theNetworkComputesTheSameAfterEqualisationAndMigration() {
        SeededCases.forEach(1, 20, (random, _) -> {
            FloatNetwork network = RandomNetworks.withStatistics(random);
            var calibration = new CalibrationSet(network.input(), RandomNetworks.inputs(random, 4));
            sameOutputs(network, Equalization.apply(network, EQUALIZE), calibration);
            sameOutputs(network, Migration.apply(network, calibration, new Step.Migrate(0.5)), calibration);
        });
    }

    @Test
    void equalisedChannelsHaveTheSameRangeOnBothSides() {
        SeededCases.forEach(1, 20, (random, _) -> {
            FloatNetwork equalised = Equalization.apply(RandomNetworks.withStatistics(random), EQUALIZE);
            var scaling = new ChannelScaling(equalised);
            assertThat(scaling.firsts()).containsExactly(0, 1, 2);
            for (int first : scaling.firsts()) {
                double[] before = scaling.outputRanges(first);
                double[] after = scaling.inputRanges(scaling.next(first), before.length);
                for (int c = 0; c < before.length; c++) {
                    assertThat(before[c]).isCloseTo(after[c], within(1e-3 * after[c]));
                }
            }
        });
    }

    @Test
    void statisticsAreScaledWithTheirChannels() {
        FloatNetwork network = RandomNetworks.withStatistics(new SplittableRandom(2));
        var scaling = new ChannelScaling(network);
        scaling.move(0, new double[] {2, 4, 0.5, 1});
        float[] before = firstMeans(network);
        float[] after = firstMeans(scaling.network());
        assertThat(after).containsExactly(before[0] / 2, before[1] / 4, before[2] * 2, before[3]);
    }

    private static float[] firstMeans(FloatNetwork network) {
        return network.statistics().ordered().firstEntry().getValue().mean();
    }

    /** One channel of the activations is a hundred times the others, which leaves the others a step or two. */
    @Test
    void migrationLowersTheErrorOfAnOutlierChannelAtLeastFivefold() {
        FloatNetwork network = withOutlier(new SplittableRandom(7));
        var calibration = new CalibrationSet(network.input(), inputs(new SplittableRandom(8)));
        double plain = error(network, calibration, List.of());
        double migrated = error(network, calibration, List.of(new Step.Migrate(0.5)));
        assertThat(plain).isGreaterThan(5 * migrated);
    }

    private static double error(FloatNetwork network, CalibrationSet calibration, List<Step> before) {
        var piece = new Workpiece(network, calibration);
        before.forEach(piece::apply);
        piece.apply(new Step.SetRanges(Collections.nCopies(3, RangeMethod.MIN_MAX)));
        piece.apply(new Step.RoundWeights(Scheme.uniform(WeightFormat.INT8), Rounding.NEAREST, ScaleSpan.CHANNEL));
        return piece.outputError();
    }

    private static FloatNetwork withOutlier(SplittableRandom random) {
        var first = new float[64];
        var second = new float[64];
        for (int i = 0; i < first.length; i++) {
            first[i] = (float) random.nextDouble(-1, 1) * (i / 8 == 3 ? 100 : 1);
            second[i] = (float) random.nextDouble(-1, 1) * (i % 8 == 3 ? 0.01f : 1);
        }
        return new FloatNetwork(
                "outlier",
                new ImageShape(2, 2, 8),
                List.of(
                        new FloatLayer.Convolution(8, 8, 1, 1, first, new float[8], Activation.RELU),
                        new FloatLayer.GlobalAveragePool(),
                        new FloatLayer.FullyConnected(8, 8, second, new float[8])));
    }

    private static List<float[]> inputs(SplittableRandom random) {
        List<float[]> inputs = new ArrayList<>();
        for (int n = 0; n < 50; n++) {
            var input = new float[32];
            for (int i = 0; i < input.length; i++) {
                input[i] = random.nextFloat();
            }
            inputs.add(input);
        }
        return inputs;
    }

    private static void sameOutputs(FloatNetwork network, FloatNetwork other, CalibrationSet calibration) {
        for (float[] input : calibration.inputs()) {
            float[] expected = new FloatInference(network).run(input);
            float[] found = new FloatInference(other).run(input);
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-5f));
            }
        }
    }
}
