package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.qdq.ProtobufWriter;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.testkit.SharedData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of few bits, against the same network with its weights as an input, which has to run in float. */
class BitPlaneFusionTest {
    private static final String QONNX = "qonnx.custom_op.general";
    private static final double TOLERANCE = 1e-5;

    /** A quantizer of up to 3 bits as a QONNX node. */
    private record Quantizer(int bits, boolean signed, boolean narrow, float scale, int zeroPoint, String rounding) {
        private static final List<String> ROUNDINGS =
                List.of("ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN");

        static Quantizer any(SplittableRandom random) {
            int bits = random.nextInt(0, 4);
            boolean signed = random.nextBoolean();
            return new Quantizer(
                    bits,
                    signed,
                    bits > 1 && random.nextBoolean(),
                    random.nextBoolean() ? 1 : (float) random.nextDouble(0.1, 2),
                    signed || bits == 0 || random.nextBoolean() ? 0 : 1 << (bits - 1),
                    ROUNDINGS.get(random.nextInt(ROUNDINGS.size())));
        }

        boolean isBipolar() {
            return bits == 0;
        }

        void addTo(OnnxFile file, String from, String to) {
            file.floats(to + ".s", new float[] {scale});
            if (isBipolar()) {
                file.node(QONNX, "BipolarQuant", List.of(from, to + ".s"), to);
                return;
            }
            var attributes = new ProtobufWriter[] {
                OnnxFile.integer("signed", signed ? 1 : 0),
                OnnxFile.integer("narrow", narrow ? 1 : 0),
                OnnxFile.text("rounding_mode", rounding)
            };
            file.floats(to + ".z", new float[] {zeroPoint})
                    .floats(to + ".b", new float[] {bits})
                    .node(QONNX, "Quant", List.of(from, to + ".s", to + ".z", to + ".b"), to, attributes);
        }
    }

    private static float[] floats(SplittableRandom random, int count, double bound) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return values;
    }

    private static OnnxFile weights(OnnxFile file, boolean constant, float[] values, long... shape) {
        return constant ? file.floats("w", values, shape) : file.input("w", OnnxFile.FLOAT, shape);
    }

    private static float[] run(Graph graph, float[]... inputs) {
        var interpreter = Interpreter.create(graph, Arithmetic.ONNX, Kernels.best());
        var in = ByteBuffer.allocate(interpreter.inputBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] input : inputs) {
            for (float value : input) {
                in.putFloat(value);
            }
        }
        var out = ByteBuffer.allocate(interpreter.outputBytes()).order(ByteOrder.LITTLE_ENDIAN);
        interpreter.run(in.array(), 0, out.array(), 0);
        float[] values = new float[interpreter.outputBytes() / Float.BYTES];
        out.asFloatBuffer().get(values);
        return values;
    }

    private static List<String> carriers(Graph graph) {
        return ModelReport.of(graph).operators().stream()
                .filter(operator -> !operator.carrier().isEmpty())
                .map(operator -> operator.name() + " " + operator.carrier())
                .toList();
    }

    private static void agree(OnnxFile fused, OnnxFile plain, String operator, float[] x, float[] w) throws Exception {
        var inBits = ModelReader.read(fused.output("y").bytes(), "bits");
        var inFloat = ModelReader.read(plain.output("y").bytes(), "float");
        assertThat(carriers(inBits)).containsExactly(operator + " bit-planes");
        assertThat(carriers(inFloat)).isEmpty();
        float[] found = run(inBits, x);
        float[] wanted = run(inFloat, x, w);
        double largest = 1;
        for (float value : wanted) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < wanted.length; i++) {
            assertThat((double) Math.abs(found[i] - wanted[i])).isLessThanOrEqualTo(TOLERANCE * largest);
        }
    }

    private static OnnxFile matrix(
            Quantizer left, Quantizer right, boolean constant, float[] weights, int depth, int units, boolean gemm) {
        var file = OnnxFile.opset(13).domain(QONNX, 1).input("x", OnnxFile.FLOAT, 3, depth);
        weights(file, constant, weights, units, depth);
        left.addTo(file, "x", "a");
        right.addTo(file, "w", "v");
        if (gemm) {
            return file.floats("bias", floats(new SplittableRandom(units), units, 3), units)
                    .node("Gemm", List.of("a", "v", "bias"), "y", OnnxFile.integer("transB", 1));
        }
        return file.node("Transpose", List.of("v"), "t", OnnxFile.integers("perm", 1, 0))
                .node("MatMul", List.of("a", "t"), "y");
    }

    @Test
    void matrixProductsOfEveryKindOfQuantizer() {
        SeededCases.forEach(1, 150, (random, _) -> {
            var left = Quantizer.any(random);
            var right = Quantizer.any(random);
            int depth = random.nextInt(72, 300);
            int units = random.nextInt(1, 12);
            boolean gemm = random.nextBoolean();
            float[] w = floats(random, units * depth, 4);
            agree(
                    matrix(left, right, true, w, depth, units, gemm),
                    matrix(left, right, false, w, depth, units, gemm),
                    gemm ? "Gemm" : "MatMul",
                    floats(random, 3 * depth, 4),
                    w);
        });
    }

    private static OnnxFile image(
            Quantizer left, Quantizer right, boolean constant, float[] weights, int channels, int units, long[] pads) {
        var file = OnnxFile.opset(13).domain(QONNX, 1).input("x", OnnxFile.FLOAT, 2, channels, 6, 5);
        weights(file, constant, weights, units, channels, 3, 2);
        left.addTo(file, "x", "a");
        right.addTo(file, "w", "v");
        return file.node("MaxPool", List.of("a"), "m", OnnxFile.integers("kernel_shape", 2, 1))
                .floats("bias", floats(new SplittableRandom(units), units, 3), units)
                .node(
                        "Conv",
                        List.of("m", "v", "bias"),
                        "y",
                        OnnxFile.integers("pads", pads),
                        OnnxFile.integers("strides", 1, 2));
    }

    @Test
    void convolutionsWithPaddingOfEveryKindOfQuantizer() {
        SeededCases.forEach(1, 80, (random, _) -> {
            var left = Quantizer.any(random);
            var right = Quantizer.any(random);
            int channels = random.nextInt(72, 129);
            int units = random.nextInt(1, 8);
            long[] pads = {random.nextInt(2), random.nextInt(2), random.nextInt(2), random.nextInt(2)};
            float[] w = floats(random, units * channels * 6, 4);
            agree(
                    image(left, right, true, w, channels, units, pads),
                    image(left, right, false, w, channels, units, pads),
                    "Conv",
                    floats(random, 2 * channels * 30, 4),
                    w);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"TFC_1W1A", "TFC_1W2A", "TFC_2W2A"})
    void networksOfTheModelZooRunOnBitPlanesThroughout(String name) throws Exception {
        var graph =
                ModelReader.read(Files.readAllBytes(SharedData.require("models/qonnx/%s.onnx".formatted(name))), name);
        var products = new ArrayList<String>();
        for (var operator : ModelReport.of(graph).operators()) {
            if (operator.macs() > 0) {
                products.add(operator.name() + " " + operator.carrier());
            }
        }
        assertThat(products).hasSize(4).containsOnly("MatMul bit-planes");
        assertThat(graph.operatorNames()).doesNotContain("BatchNormalization");
    }
}
