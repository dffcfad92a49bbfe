package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorInfo;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.runtime.tflite.TfliteReader;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Files written here, so that these tests need no data beside the project. */
class TfliteReaderTest {
    private static final int ADD = 0;
    private static final int CONV_2D = 3;
    private static final int FULLY_CONNECTED = 9;
    private static final int RESHAPE = 22;
    private static final int DIV = 42;

    private static final TfliteWriter.Table NO_ACTIVATION = table((byte) 0);

    private static ModelException refused(byte[] bytes) {
        try {
            TfliteReader.read(bytes, "tiny.tflite");
        } catch (ModelException refused) {
            assertThat(refused).hasMessageStartingWith("tiny.tflite: ");
            return refused;
        }
        throw new AssertionError("not refused");
    }

    private static void assertUnsupported(byte[] bytes, String... parts) {
        assertThat(refused(bytes)).isInstanceOf(UnsupportedModelException.class).hasMessageContainingAll(parts);
    }

    private static void assertMalformed(byte[] bytes, String... parts) {
        assertThat(refused(bytes)).isInstanceOf(MalformedModelException.class).hasMessageContainingAll(parts);
    }

    /** {@code out[n] = in[0] * w[n][0] + in[1] * w[n][1] + bias[n]}, all scales 1. */
    private static TfliteWriter twoByTwo() {
        var writer = new TfliteWriter();
        writer.activation(1, 0, 1, 2);
        writer.weights(1, new byte[] {1, 2, 3, -4}, 2, 2);
        writer.ints(10, 20);
        writer.activation(1, 0, 1, 2);
        return writer;
    }

    private static TfliteWriter fullyConnected(int version, TfliteWriter.Table options) {
        return twoByTwo().operator(FULLY_CONNECTED, version, 8, options, new int[] {0, 1, 2}, 3);
    }

    @Test
    void readsAndRunsAFullyConnectedLayer() throws Exception {
        var graph = TfliteReader.read(fullyConnected(4, NO_ACTIVATION).toBytes(), "tiny.tflite");
        byte[] output = new byte[2];
        Interpreter.create(graph, Rounding.DOUBLE).run(new byte[] {5, 6}, 0, output, 0);
        assertThat(output).containsExactly(5 + 12 + 10, 15 - 24 + 20);
        assertThat(graph.name()).isEqualTo("tiny.tflite");
        assertThat(graph.operatorNames()).containsExactly("FULLY_CONNECTED");
        assertThat(graph.inputs())
                .containsExactly(new TensorInfo("t0", List.of(1, 2), TensorType.INT8, List.of(1f), 0, 2));
        assertThat(ModelReport.of(graph).weightBytes()).isEqualTo(4 + 8);
        assertThat(ModelReport.of(graph).macs()).isEqualTo(4);
    }

    @Test
    void readsAConvolutionWithSamePaddingAndAFusedClamp() throws Exception {
        var writer = new TfliteWriter();
        writer.activation(1, 0, 1, 2, 2, 1);
        writer.weights(1, new byte[] {1, 1, 1, 1}, 1, 2, 2, 1);
        writer.activation(1, 0, 1, 2, 2, 1);
        // Padding SAME, strides 1, RELU6; no bias.
        var options = table((byte) 0, 1, 1, (byte) 3);
        writer.operator(CONV_2D, 3, 1, options, new int[] {0, 1, -1}, 2);
        var graph = TfliteReader.read(writer.toBytes(), "tiny.tflite");
        byte[] output = new byte[4];
        Interpreter.create(graph, Rounding.SINGLE).run(new byte[] {1, 2, 3, -4}, 0, output, 0);
        assertThat(output).containsExactly(2, 0, 0, 0);
        Interpreter.create(graph, Rounding.SINGLE).run(new byte[] {1, 2, 3, 4}, 0, output, 0);
        assertThat(output).as("the odd position of padding goes after").containsExactly(6, 6, 6, 4);
    }

    @Test
    void namesAnUnknownOperatorAndWhatIsSupported() {
        byte[] div = twoByTwo()
                .operator(DIV, 1, 29, NO_ACTIVATION, new int[] {0, 0}, 3)
                .toBytes();
        assertUnsupported(div, "operator 0 DIV v1", "CONV_2D", "SOFTMAX");
        byte[] unknown =
                twoByTwo().operator(126, 1, 0, NO_ACTIVATION, new int[] {0}, 3).toBytes();
        assertUnsupported(unknown, "operator 0 BUILTIN_126 v1");
    }

    @Test
    void namesFromTheFileCannotBreakALogLine() {
        var writer = new TfliteWriter();
        int constant =
                writer.tensor("a\nb", new int[] {2}, 9, writer.buffer(new byte[2]), new float[] {1}, new long[1]);
        int output = writer.activation(1, 0, 2);
        writer.operator(RESHAPE, 1, 17, table(), new int[] {constant}, output)
                .ports(new int[] {constant}, new int[] {1});
        assertUnsupported(writer.toBytes(), "a?b", "is a constant");
    }

    @Test
    void refusesVersionsAndAttributesItDoesNotKnow() {
        assertUnsupported(fullyConnected(12, NO_ACTIVATION).toBytes(), "FULLY_CONNECTED v12", "versions 1 to 11");
        assertUnsupported(fullyConnected(4, table((byte) 4)).toBytes(), "fused activation 4");
        assertUnsupported(fullyConnected(4, table((byte) 0, (byte) 1)).toBytes(), "weights format 1");
        byte[] wrongOptions = twoByTwo()
                .operator(FULLY_CONNECTED, 4, 1, NO_ACTIVATION, new int[] {0, 1, 2}, 3)
                .toBytes();
        assertMalformed(wrongOptions, "options of type 1, 8 allowed");
    }

    @Test
    void refusesDynamicAndOverflowingShapes() {
        var dynamic = new TfliteWriter();
        dynamic.activation(1, 0, -1, 2);
        assertUnsupported(dynamic.toBytes(), "dimension 0 is -1");
        var large = new TfliteWriter();
        large.activation(1, 0, 65_536, 65_536, 65_536, 65_536);
        assertUnsupported(large.toBytes(), "at most 268435456 allowed");
        var deep = new TfliteWriter();
        deep.activation(1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        assertUnsupported(deep.toBytes(), "9 elements, at most 8 allowed");
    }

    @Test
    void refusesOtherTensorTypes() {
        var writer = new TfliteWriter();
        writer.tensor(new int[] {1, 2}, 5, 0, new float[0], new long[0]);
        assertUnsupported(writer.toBytes(), "tensor type 5, 9 (INT8)");
    }

    @Test
    void refusesAConstantWhoseBufferHasAnotherSize() {
        var writer = new TfliteWriter();
        writer.weights(1, new byte[3], 2, 2);
        assertMalformed(writer.toBytes(), "tensor of 4 bytes has a buffer of 3");
    }

    @Test
    void refusesUnusableQuantization() {
        for (float scale : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            var writer = new TfliteWriter();
            writer.activation(scale, 0, 1, 2);
            int output = writer.activation(1, 0, 1, 2);
            writer.operator(RESHAPE, 1, 17, table(), new int[] {0}, output);
            assertMalformed(writer.toBytes(), "scale 0 is " + scale);
        }
        var writer = new TfliteWriter();
        writer.activation(1, 128, 1, 2);
        assertMalformed(writer.toBytes(), "zero point 128");
    }

    @Test
    void refusesAnOperatorThatReadsWhatComesLater() {
        var writer = new TfliteWriter();
        for (int i = 0; i < 3; i++) {
            writer.activation(1, 0, 1, 2);
        }
        writer.operator(ADD, 2, 11, NO_ACTIVATION, new int[] {0, 2}, 1);
        writer.operator(ADD, 2, 11, NO_ACTIVATION, new int[] {0, 1}, 2);
        assertMalformed(writer.toBytes(), "operator 0 ADD v2", "read before anything wrote it");
    }

    @Test
    void refusesATensorThatIsWrittenTwice() {
        var writer = new TfliteWriter();
        writer.activation(1, 0, 1, 2);
        writer.activation(1, 0, 1, 2);
        writer.operator(ADD, 2, 11, NO_ACTIVATION, new int[] {0, 0}, 1);
        writer.operator(ADD, 2, 11, NO_ACTIVATION, new int[] {0, 0}, 1);
        assertMalformed(writer.toBytes(), "operator 1 ADD v2", "has a value already");
    }

    @Test
    void refusesShapesThatDisagree() {
        var writer = new TfliteWriter();
        writer.activation(1, 0, 1, 2);
        writer.activation(1, 0, 1, 3);
        writer.operator(RESHAPE, 1, 17, table(), new int[] {0}, 1);
        assertMalformed(writer.toBytes(), "operator 0 RESHAPE v1", "elements 3, 2 allowed");

        byte[] wrongBias = twoByTwo()
                .operator(FULLY_CONNECTED, 4, 8, NO_ACTIVATION, new int[] {0, 1, 1}, 3)
                .toBytes();
        assertMalformed(wrongBias, "INT32 of 2 elements allowed");
    }

    @Test
    void refusesWeightsThatAreNotConstant() {
        var writer = new TfliteWriter();
        writer.activation(1, 0, 1, 2);
        writer.activation(1, 0, 2, 2);
        writer.activation(1, 0, 1, 2);
        writer.operator(FULLY_CONNECTED, 4, 8, NO_ACTIVATION, new int[] {0, 1}, 2);
        assertUnsupported(writer.toBytes(), "weights", "computed at run time");
    }

    @Test
    void refusesIndexesOutsideTheTables() {
        byte[] input = twoByTwo()
                .operator(FULLY_CONNECTED, 4, 8, NO_ACTIVATION, new int[] {99, 1, 2}, 3)
                .toBytes();
        assertMalformed(input, "input is tensor 99, 0 to 3 allowed");
        byte[] port = fullyConnected(4, NO_ACTIVATION)
                .ports(new int[] {0}, new int[] {-7})
                .toBytes();
        assertMalformed(port, "output is tensor -7");
        var writer = new TfliteWriter();
        writer.tensor(new int[] {1}, 9, 5, new float[0], new long[0]);
        assertMalformed(writer.toBytes(), "buffer 5 of 1");
    }

    @Test
    void refusesWhatIsNoTfliteFile() {
        assertMalformed(new byte[0], "byte 0");
        assertMalformed(new byte[64], "file identifier is not TFL3");
        assertMalformed(TfliteWriter.file("TFL2", table(3)), "file identifier is not TFL3");
        assertUnsupported(TfliteWriter.file("TFL3", table(2)), "schema version 2, 3 supported");
        assertUnsupported(TfliteWriter.file("TFL3", table(3)), "0 subgraphs");
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] bytes = fullyConnected(4, NO_ACTIVATION).toBytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> TfliteReader.read(cut, "cut")).isInstanceOf(ModelException.class);
        }
    }

    @Test
    void everyByteOfAFileCanBeDamaged() {
        byte[] bytes = fullyConnected(4, NO_ACTIVATION).toBytes();
        for (int at = 0; at < bytes.length; at++) {
            for (int value : new int[] {0, 1, 2, 3, 4, 8, 64, 127, 128, 254, 255, bytes[at] + 1, bytes[at] - 1}) {
                byte[] changed = bytes.clone();
                changed[at] = (byte) value;
                MutatedFilesTest.refusedOrRuns(changed);
            }
        }
    }
}
