package io.fleetwright.forge.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class NormalizationFoldingTest {
    private static final float EPSILON = 1e-3f;
    private static final int CHANNELS = 3;

    @Test
    void theFoldedConvolutionComputesWhatBothNodesWould() {
        SeededCases.forEach(1, 20, (random, _) -> {
            float[] weights = values(random, CHANNELS * CHANNELS);
            float[] gain = values(random, CHANNELS);
            float[] shift = values(random, CHANNELS);
            float[] mean = values(random, CHANNELS);
            float[] variance = values(random, CHANNELS);
            for (int c = 0; c < CHANNELS; c++) {
                variance[c] = 0.1f + Math.abs(variance[c]);
            }
            FloatNetwork network =
                    OnnxNetworkReader.read(model("BatchNormalization", weights, gain, shift, mean, variance));

            float[] input = values(random, CHANNELS);
            float[] found = new FloatInference(network).run(input);
            ChannelStatistics statistics =
                    network.statistics().ordered().firstEntry().getValue();
            for (int o = 0; o < CHANNELS; o++) {
                double sum = 0;
                for (int i = 0; i < CHANNELS; i++) {
                    sum += weights[o * CHANNELS + i] * input[i];
                }
                double normal = (sum - mean[o]) / Math.sqrt(variance[o] + EPSILON);
                assertThat((double) found[o]).isCloseTo(Math.max(gain[o] * normal + shift[o], 0), within(1e-4));
                assertThat(statistics.mean()[o]).isEqualTo(shift[o]);
                assertThat((double) statistics.deviation()[o])
                        .isCloseTo(Math.abs(gain[o]) * Math.sqrt(variance[o] / (variance[o] + EPSILON)), within(1e-5));
            }
        });
    }

    @Test
    void statisticsAndInputRangeComeBackFromTheMetadata() throws OnnxRefusedException {
        FloatNetwork network = RandomNetworks.withStatistics(new SplittableRandom(1));
        byte[] bytes = OnnxWriter.write(network);
        FloatNetwork back = OnnxNetworkReader.read(bytes);
        assertThat(back.statistics().input()).isEqualTo(network.statistics().input());
        assertThat(back.statistics().layers()).hasSize(3);
        assertThat(OnnxWriter.write(back)).isEqualTo(bytes);
    }

    @Test
    void anUnknownOperatorIsNamedWithItsNode() {
        var any = new float[CHANNELS];
        assertThatExceptionOfType(OnnxRefusedException.class)
                .isThrownBy(() -> OnnxNetworkReader.read(
                        model("LayerNormalization", new float[CHANNELS * CHANNELS], any, any, any, any)))
                .withMessageContaining("node 'norm': operator LayerNormalization is not supported");
    }

    private static byte[] model(
            String operator, float[] weights, float[] gain, float[] shift, float[] mean, float[] variance) {
        var epsilon = new ProtobufWriter().text(1, "epsilon").real(2, EPSILON);
        var graph = new ProtobufWriter()
                .message(1, node("conv", "Conv", "c", "input", "w"))
                .message(
                        1,
                        node("norm", operator, "n", "c", "gain", "shift", "mean", "variance")
                                .message(5, epsilon))
                .message(1, node("relu", "Relu", "out", "n"))
                .text(2, "folded")
                .message(5, tensor("w", weights, CHANNELS, CHANNELS, 1, 1))
                .message(5, tensor("gain", gain, CHANNELS))
                .message(5, tensor("shift", shift, CHANNELS))
                .message(5, tensor("mean", mean, CHANNELS))
                .message(5, tensor("variance", variance, CHANNELS))
                .message(11, input());
        return new ProtobufWriter().number(1, 8).message(7, graph).toByteArray();
    }

    private static ProtobufWriter node(String name, String operator, String output, String... inputs) {
        var node = new ProtobufWriter();
        List.of(inputs).forEach(input -> node.text(1, input));
        return node.text(2, output).text(3, name).text(4, operator);
    }

    private static ProtobufWriter tensor(String name, float[] values, long... shape) {
        var raw = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        var tensor = new ProtobufWriter();
        for (long dimension : shape) {
            tensor.number(1, dimension);
        }
        return tensor.number(2, 1).text(8, name).bytes(9, raw.array());
    }

    private static ProtobufWriter input() {
        var shape = new ProtobufWriter();
        for (long dimension : new long[] {1, CHANNELS, 1, 1}) {
            shape.message(1, new ProtobufWriter().number(1, dimension));
        }
        var type = new ProtobufWriter().number(1, 1).message(2, shape);
        return new ProtobufWriter().text(1, "input").message(2, new ProtobufWriter().message(1, type));
    }

    private static float[] values(SplittableRandom random, int length) {
        var values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
