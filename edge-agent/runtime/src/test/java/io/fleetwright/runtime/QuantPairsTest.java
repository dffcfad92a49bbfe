package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.qdq.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** QONNX quantizers as integer operators. */
class QuantPairsTest {
    private static final String DOMAIN = "qonnx.custom_op.general";
    private static final int DEPTH = 8;
    private static final int UNITS = 4;
    private static final float STEP = 0.25f;
    private static final int ZERO = 3;

    private static OnnxFile quant(
            OnnxFile file, String from, String to, float zero, float bits, ProtobufWriter... attributes) {
        return file.floats(to + ".z", new float[] {zero})
                .floats(to + ".b", new float[] {bits})
                .node(DOMAIN, "Quant", List.of(from, to + ".s", to + ".z", to + ".b"), to, attributes);
    }

    /** A product of weights in steps of 0.5 and 0.125 by turns, 4 bits, between two quantizers; the input's has options. */
    private static Graph product(byte[] levels, float zero, float bits, ProtobufWriter... attributes) throws Exception {
        float[] weights = new float[DEPTH * UNITS];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = levels[i] * scale(i % UNITS);
        }
        float[] scales = new float[UNITS];
        for (int unit = 0; unit < UNITS; unit++) {
            scales[unit] = scale(unit);
        }
        var file = OnnxFile.opset(13)
                .domain(DOMAIN, 1)
                .input("x", OnnxFile.FLOAT, 1, DEPTH)
                .floats("w.real", weights, DEPTH, UNITS)
                .floats("w.s", scales, 1, UNITS)
                .floats("q.s", new float[] {STEP})
                .floats("y.s", new float[] {STEP / 8});
        quant(file, "x", "q", zero, bits, attributes);
        quant(file, "w.real", "w", 0, 4);
        file.node("MatMul", List.of("q", "w"), "sums");
        quant(file, "sums", "y", 0, 8);
        return ModelReader.read(file.output("y").bytes(), "quant");
    }

    private static float scale(int unit) {
        return unit % 2 == 0 ? 0.5f : 0.125f;
    }

    @Test
    void quantizersOfEightBitsBecomeIntegerOperatorsWithTheSameValues() throws Exception {
        var random = new SplittableRandom(1);
        byte[] levels = new byte[DEPTH * UNITS];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) random.nextInt(-8, 8);
        }
        Graph graph = product(levels, ZERO, 8);
        assertThat(graph.operatorNames()).doesNotContain("Quant", "MatMul");
        Graph core = graph.integerCore();
        assertThat(core.inputs().getFirst().type()).isEqualTo(TensorType.INT8);
        assertThat(core.inputs().getFirst().zeroPoint()).isEqualTo(ZERO);
        var interpreter = Interpreter.create(graph);
        for (int run = 0; run < 100; run++) {
            var input = ByteBuffer.allocate(DEPTH * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            int[] steps = new int[DEPTH];
            for (int k = 0; k < DEPTH; k++) {
                steps[k] = random.nextInt(-40, 40);
                input.putFloat(steps[k] * STEP);
            }
            var output = ByteBuffer.allocate(UNITS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            interpreter.run(input.array(), 0, output.array(), 0);
            for (int unit = 0; unit < UNITS; unit++) {
                float sum = 0;
                for (int k = 0; k < DEPTH; k++) {
                    sum += steps[k] * STEP * levels[k * UNITS + unit] * scale(unit);
                }
                float wanted = Math.clamp(sum, Byte.MIN_VALUE * STEP / 8, Byte.MAX_VALUE * STEP / 8);
                assertThat(output.getFloat()).isEqualTo(wanted);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5, 8, ROUND, 0", "0, 7, ROUND, 0", "0, 8, FLOOR, 0", "0, 8, ROUND, 1", "200, 8, ROUND, 0"})
    void othersStayAsTheyAre(float zero, float bits, String rounding, int narrow) throws Exception {
        Graph graph = product(
                new byte[DEPTH * UNITS],
                zero,
                bits,
                OnnxFile.text("rounding_mode", rounding),
                OnnxFile.integer("narrow", narrow));
        assertThat(graph.operatorNames()).contains("Quant");
    }
}
