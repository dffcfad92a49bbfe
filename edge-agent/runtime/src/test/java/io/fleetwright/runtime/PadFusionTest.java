package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.bytes;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.tflite.TfliteReader;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** PAD before a convolution: part of its window when nobody else sees the padded image, with the same bytes. */
class PadFusionTest {
    private static final int PAD = 34;

    /** A PAD and a 3 x 3 convolution, or depthwise one. */
    private record Network(int[] shape, int[] paddings, int padding, int stride, boolean depthwise, byte[] weights) {
        int[] padded() {
            int[] padded = new int[4];
            for (int d = 0; d < 4; d++) {
                padded[d] = paddings[2 * d] + shape[d] + paddings[2 * d + 1];
            }
            return padded;
        }

        int extent(int in) {
            return padding == 0 ? (in + stride - 1) / stride : (in - 3) / stride + 1;
        }

        /** @param shown whether the padded image is an output of the network too, so that it has to be made */
        byte[] file(boolean shown) {
            int[] padded = padded();
            int channels = padded[3];
            var writer = new TfliteWriter();
            int input = writer.activation(0.1f, -5, shape);
            int paddingsId = writer.ints(paddings);
            int image = writer.activation(0.1f, -5, padded);
            int filter = depthwise
                    ? writer.weights(0.02f, weights, 1, 3, 3, channels)
                    : writer.weights(0.02f, weights, 2, 3, 3, channels);
            int units = depthwise ? channels : 2;
            int output = writer.activation(0.3f, 7, padded[0], extent(padded[1]), extent(padded[2]), units);
            writer.operator(PAD, 2, 22, table(), new int[] {input, paddingsId}, image);
            if (depthwise) {
                var options = table((byte) padding, stride, stride, 1, (byte) 0);
                writer.operator(4, 3, 2, options, new int[] {image, filter}, output);
            } else {
                var options = table((byte) padding, stride, stride, (byte) 0);
                writer.operator(3, 3, 1, options, new int[] {image, filter}, output);
            }
            return writer.ports(new int[] {input}, shown ? new int[] {output, image} : new int[] {output})
                    .toBytes();
        }
    }

    private static List<String> operators(Graph graph) {
        return graph.operators().stream().map(Operator::builtin).toList();
    }

    @Test
    void theBytesAreThoseOfThePaddedImage() {
        int[] fused = {0};
        SeededCases.forEach(1, 200, (random, _) -> {
            int[] paddings = new int[8];
            for (int i = 2; i < 6; i++) {
                paddings[i] = random.nextInt(random.nextInt(4) == 0 ? 5 : 3);
            }
            if (random.nextInt(8) == 0) {
                paddings[random.nextInt(2) * 6] = 1;
            }
            int[] shape = {1, random.nextInt(3, 8), random.nextInt(3, 8), random.nextInt(1, 9)};
            boolean depthwise = random.nextBoolean();
            int channels = shape[3] + paddings[6] + paddings[7];
            byte[] weights = bytes(random, 9 * channels * (depthwise ? 1 : 2));
            var network = new Network(shape, paddings, random.nextInt(2), random.nextInt(1, 3), depthwise, weights);
            byte[] in = bytes(random, elements(shape));
            var rounding = TfliteOperator.rounding(random);
            byte[] alone = network.file(false);
            byte[] shown = network.file(true);
            byte[] expected = TfliteOperator.run(shown, rounding, in);
            byte[] found = TfliteOperator.run(alone, rounding, in);
            assertThat(found).isEqualTo(Arrays.copyOf(expected, found.length));
            assertThat(operators(TfliteReader.read(shown, "shown"))).hasSize(2).contains("PAD");
            var graph = TfliteReader.read(alone, "alone");
            fused[0] += operators(graph).contains("PAD") ? 0 : 1;
            assertThat(ModelReport.of(graph).macs())
                    .isEqualTo(ModelReport.of(TfliteReader.read(shown, "shown")).macs());
        });
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(fused[0]).as("networks without PAD").isBetween(50, 190);
        }
    }

    @Test
    void aPadThatContradictsItselfIsStillRefused() {
        var writer = new TfliteWriter();
        int input = writer.activation(0.1f, -5, 1, 4, 4, 1);
        int paddings = writer.ints(0, 0, 1, 1, 1, 1, 0, 0);
        int image = writer.activation(0.2f, -5, 1, 6, 6, 1);
        int filter = writer.weights(0.02f, new byte[9], 1, 3, 3, 1);
        int output = writer.activation(0.3f, 7, 1, 4, 4, 1);
        writer.operator(PAD, 2, 22, table(), new int[] {input, paddings}, image);
        writer.operator(3, 3, 1, table((byte) 1, 1, 1, (byte) 0), new int[] {image, filter}, output);
        Assertions.assertThatThrownBy(() -> TfliteReader.read(writer.toBytes(), "scales"))
                .isInstanceOf(MalformedModelException.class)
                .hasMessageContainingAll("PAD", "equal ones allowed");
    }
}
