package io.fleetwright.forge.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.forge.network.TrainedStatistics;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class DistillationTest {
    @Test
    void theGradientIsThatOfFiniteDifferences() {
        SeededCases.forEach(1, 10, (random, _) -> {
            FloatNetwork network = RandomNetworks.withStatistics(random);
            float[][] inputs = RandomNetworks.inputs(random, 3).toArray(float[][]::new);
            float[][] gradients = Distillation.gradients(network, inputs);
            double off = 0;
            double size = 0;
            for (int probe = 0; probe < 60; probe++) {
                int n = random.nextInt(inputs.length);
                int i = random.nextInt(inputs[n].length);
                float step = 1e-3f;
                float kept = inputs[n][i];
                inputs[n][i] = kept + step;
                double above = Distillation.loss(network, inputs);
                inputs[n][i] = kept - step;
                double below = Distillation.loss(network, inputs);
                inputs[n][i] = kept;
                double slope = (above - below) / (2 * step);
                off += Math.pow(slope - gradients[n][i], 2);
                size += slope * slope;
            }
            // A few probes cross a kink of the ReLU.
            assertThat(Math.sqrt(off)).isLessThan(0.03 * Math.sqrt(size));
        });
    }

    @Test
    void comesFarCloserToTheStatisticsThanWhereItStarted() {
        FloatNetwork network = trainedOnDarkImages(new SplittableRandom(3));
        double before = loss(network, Distillation.of(network, 1, 8, 1));
        double after = loss(network, Distillation.of(network, 1, 8, 200));
        assertThat(after).isLessThan(0.05 * before);
    }

    @Test
    void sameSeedSameInputsWithinTheRangeOfTraining() {
        FloatNetwork network = RandomNetworks.withStatistics(new SplittableRandom(4));
        CalibrationSet set = Distillation.of(network, 1, 4, 20);
        assertThat(Distillation.of(network, 1, 4, 20).digest()).isEqualTo(set.digest());
        assertThat(Distillation.of(network, 2, 4, 20).digest()).isNotEqualTo(set.digest());
        assertThat(set.range().low()).isGreaterThanOrEqualTo(0);
        assertThat(set.range().high()).isLessThanOrEqualTo(1);
    }

    @Test
    void networksWithoutStatisticsOrRangeAreRefused() {
        FloatNetwork network = RandomNetworks.withStatistics(new SplittableRandom(4));
        FloatNetwork plain = RandomNetworks.classifier(new SplittableRandom(4));
        var rangeless = new FloatNetwork(
                "rangeless",
                network.input(),
                network.layers(),
                new TrainedStatistics(Optional.empty(), network.statistics().layers()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Distillation.of(plain, 1, 4, 20))
                .withMessageContaining("needs training statistics, random has none");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Distillation.of(rangeless, 1, 4, 20))
                .withMessageContaining("range");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Distillation.of(network, 1, 1, 20))
                .withMessageContaining("count (1)");
    }

    /** Statistics as batch normalization would have left them. */
    private static FloatNetwork trainedOnDarkImages(SplittableRandom random) {
        FloatNetwork network = RandomNetworks.classifier(random);
        List<float[]> values = new ArrayList<>();
        for (float[] input : RandomNetworks.inputs(random, 50)) {
            for (int i = 0; i < input.length; i++) {
                input[i] *= input[i] * input[i];
            }
            values.add(input);
        }
        var statistics = new HashMap<Integer, ChannelStatistics>();
        List<LayerKernel> kernels = new FloatInference(network).kernels();
        for (int layer = 0; layer < 3; layer++) {
            LayerKernel kernel = kernels.get(layer);
            int channels = kernel.out().channels();
            var mean = new float[channels];
            var square = new float[channels];
            for (float[] input : values) {
                float[] sums = kernel.sums(input);
                for (int i = 0; i < sums.length; i++) {
                    mean[i % channels] += sums[i] * channels / sums.length / values.size();
                    square[i % channels] += sums[i] * sums[i] * channels / sums.length / values.size();
                }
            }
            for (int c = 0; c < channels; c++) {
                square[c] = (float) Math.sqrt(square[c] - mean[c] * mean[c]);
            }
            statistics.put(layer, new ChannelStatistics(mean, square));
            values = values.stream().map(kernel::outputs).toList();
        }
        var range = Optional.of(new TrainedStatistics.Range(0, 1));
        return new FloatNetwork("dark", network.input(), network.layers(), new TrainedStatistics(range, statistics));
    }

    private static double loss(FloatNetwork network, CalibrationSet set) {
        return Distillation.loss(network, set.inputs().toArray(float[][]::new));
    }
}
