package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.runtime.onnx.OnnxReader;
import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OnnxReaderTest {
    private static OnnxFile one(String operator) {
        return OnnxFile.opset(13)
                .input("x", OnnxFile.FLOAT, 2, 3)
                .node(operator, List.of("x"), "y")
                .output("y");
    }

    private static void refused(OnnxFile file, Class<? extends ModelException> kind, String... parts) {
        assertThatThrownBy(() -> ModelReader.read(file.bytes(), "m.onnx"))
                .isInstanceOf(kind)
                .hasMessageStartingWith("m.onnx: ")
                .hasMessageContainingAll(parts);
    }

    @Test
    void refusesOperatorsByNameAndVersionsByNumber() {
        refused(one("Einsum"), UnsupportedModelException.class, "operator 0 Einsum");
        refused(
                OnnxFile.opset(13)
                        .input("x", OnnxFile.FLOAT, 2)
                        .node("com.example", "Magic", List.of("x"), "y")
                        .output("y"),
                UnsupportedModelException.class,
                "operator 0 com.example:Magic");
        for (long version : new long[] {6, 26, 1L << 40, -1}) {
            var file = OnnxFile.opset(version)
                    .input("x", OnnxFile.FLOAT, 2)
                    .node("Relu", List.of("x"), "y")
                    .output("y");
            refused(file, UnsupportedModelException.class, "operator set " + version);
        }
        refused(
                OnnxFile.opset(13)
                        .input("x", OnnxFile.FLOAT, 2)
                        .node("If", List.of("x"), "y", OnnxFile.subgraph("then_branch"))
                        .output("y"),
                UnsupportedModelException.class,
                "then_branch");
    }

    @Test
    void refusesNodesThatContradictThemselves() {
        refused(
                one("LeakyRelu").node("LeakyRelu", List.of(), "z").output("z"),
                MalformedModelException.class,
                "input 0");
        refused(
                OnnxFile.opset(13)
                        .input("x", OnnxFile.FLOAT, 2)
                        .node("Relu", List.of("later"), "y")
                        .node("Relu", List.of("x"), "later")
                        .output("y"),
                MalformedModelException.class,
                "'later' is read before anything wrote it");
        refused(
                OnnxFile.opset(13)
                        .input("x", OnnxFile.FLOAT, 2)
                        .node("Relu", List.of("x"), "y", OnnxFile.integer("slope", 2))
                        .output("y"),
                UnsupportedModelException.class,
                "attribute 'slope'");
        refused(
                OnnxFile.opset(13)
                        .input("x", OnnxFile.FLOAT, 2)
                        .raw("w", OnnxFile.FLOAT, new byte[7], 2)
                        .node("Add", List.of("x", "w"), "y")
                        .output("y"),
                MalformedModelException.class,
                "has 7 bytes of data, 8 allowed");
        refused(
                OnnxFile.opset(13)
                        .input("x", OnnxFile.FLOAT, 2, 3)
                        .input("y", OnnxFile.FLOAT, 2, 4)
                        .node("Add", List.of("x", "y"), "z")
                        .output("z"),
                MalformedModelException.class,
                "do not broadcast");
    }

    private static OnnxFile gru(int lengthsType, String... activations) {
        return OnnxFile.opset(14)
                .input("x", OnnxFile.FLOAT, 2, 1, 3)
                .input("lengths", lengthsType, 1)
                .floats("w", new float[18], 1, 6, 3)
                .floats("r", new float[12], 1, 6, 2)
                .node(
                        "GRU",
                        List.of("x", "w", "r", "", "lengths"),
                        "y",
                        OnnxFile.integer("hidden_size", 2),
                        OnnxFile.texts("activations", List.of(activations)))
                .output("y");
    }

    @Test
    void refusesFunctionsOfGatesThatItDoesNotKnow() throws Exception {
        assertThat(ModelReader.read(gru(OnnxFile.INT32, "HardSigmoid", "Relu").bytes(), "m.onnx")
                        .outputs()
                        .getFirst()
                        .shape())
                .containsExactly(2, 1, 1, 2);
        refused(
                gru(OnnxFile.INT32, "Sigmoid", "Affine"),
                UnsupportedModelException.class,
                "activation 'Affine', [Sigmoid, Tanh, Relu, HardSigmoid, LeakyRelu, Elu, Softplus] supported");
        refused(gru(OnnxFile.INT32, "Sigmoid"), MalformedModelException.class, "1 activations, 2 allowed");
        refused(
                gru(OnnxFile.INT32, Collections.nCopies(1001, "").toArray(String[]::new)),
                UnsupportedModelException.class,
                "over 1000 texts of one attribute");
        refused(
                gru(OnnxFile.INT64, "Sigmoid", "Tanh"),
                MalformedModelException.class,
                "sequence lengths INT64[1], INT32[1] allowed");
    }

    @Test
    void refusesScalesThatAreNoScales() {
        for (float scale : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            var file = OnnxFile.opset(13)
                    .input("x", OnnxFile.FLOAT, 2)
                    .quantizedAndBack("x", "y", OnnxFile.INT8, scale, 0)
                    .output("y");
            refused(file, MalformedModelException.class, "scale " + scale);
        }
    }

    @Test
    void refusesWhatIsNeitherFormat() {
        assertThatThrownBy(() -> ModelReader.read(new byte[64], "x.bin"))
                .isInstanceOf(MalformedModelException.class)
                .hasMessageContainingAll("TFLite", "ONNX");
    }

    @Test
    void shapesThatAreNotFixedNeedABinding() throws Exception {
        byte[] file = OnnxFile.opset(13)
                .input("x", OnnxFile.FLOAT, -1, 3)
                .node("Relu", List.of("x"), "y")
                .output("y")
                .bytes();
        assertThatThrownBy(() -> ModelReader.read(file, "m.onnx"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("not fixed");
        var bound = new OnnxReader.Bindings(Map.of("x", List.of(5, 3)), Map.of());
        assertThat(OnnxReader.read(file, "m.onnx", bound).outputs().getFirst().shape())
                .containsExactly(5, 3);
        var wrong = new OnnxReader.Bindings(Map.of("x", List.of(5, 4)), Map.of());
        assertThatThrownBy(() -> OnnxReader.read(file, "m.onnx", wrong)).isInstanceOf(MalformedModelException.class);
    }

    @Test
    void aSmallFileCannotAskForALargeConstant() {
        var file = OnnxFile.opset(13)
                .input("x", OnnxFile.FLOAT, 1)
                .longs("shape", 1 << 14, 1 << 13)
                .node("ConstantOfShape", List.of("shape"), "c")
                .node("Add", List.of("x", "c"), "y")
                .output("y");
        refused(file, UnsupportedModelException.class, "ConstantOfShape");
    }

    private static float[] randomFloats(SplittableRandom random, int count, double bound) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return values;
    }

    private static ByteBuffer run(Graph graph, Arithmetic arithmetic, float[] input) {
        var interpreter = Interpreter.create(graph, arithmetic, Kernels.best());
        var in = ByteBuffer.allocate(4 * input.length).order(ByteOrder.LITTLE_ENDIAN);
        in.asFloatBuffer().put(input);
        var out = ByteBuffer.allocate(interpreter.outputBytes()).order(ByteOrder.LITTLE_ENDIAN);
        interpreter.run(in.array(), 0, out.array(), 0);
        return out;
    }

    private static final float OUT_SCALE = 0.05f;

    /**
     * Conv, flatten in NCHW order, Gemm: as an exporter writes it. Twice: quantized, and with the real weights in float.
     *
     * @param type of activations
     */
    private static OnnxFile network(SplittableRandom random, int type, boolean quantized) {
        int zero = type == OnnxFile.UINT8 ? 120 : -8;
        byte[] filters = new byte[4 * 3 * 2 * 2];
        byte[] weights = new byte[5 * 4 * 3 * 3];
        random.nextBytes(filters);
        random.nextBytes(weights);
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= 8;
        }
        float[] bias = randomFloats(random, 4, 0.5);
        var file = OnnxFile.opset(13).input("in", OnnxFile.FLOAT, 1, 3, 4, 4).floats("b", bias, 4);
        if (quantized) {
            file.raw("wq", OnnxFile.INT8, filters, 4, 3, 2, 2)
                    .floats("ws", new float[] {0.01f, 0.005f, 0.02f, 0.01f}, 4)
                    .raw("wz", OnnxFile.INT8, new byte[4], 4)
                    .node("DequantizeLinear", List.of("wq", "ws", "wz"), "w", OnnxFile.integer("axis", 0))
                    .raw("vq", OnnxFile.INT8, weights, 5, 36)
                    .floats("vs", new float[] {0.01f})
                    .raw("vz", OnnxFile.INT8, new byte[1])
                    .node("DequantizeLinear", List.of("vq", "vs", "vz"), "v");
        } else {
            float[] perUnit = {0.01f, 0.005f, 0.02f, 0.01f};
            float[] realFilters = new float[filters.length];
            for (int i = 0; i < filters.length; i++) {
                realFilters[i] = filters[i] * perUnit[i / 12];
            }
            float[] realWeights = new float[weights.length];
            for (int i = 0; i < weights.length; i++) {
                realWeights[i] = weights[i] * 0.01f;
            }
            file.floats("w", realFilters, 4, 3, 2, 2).floats("v", realWeights, 5, 36);
        }
        return file.quantizedAndBack("in", "x", type, 0.02f, zero)
                .node("Conv", List.of("x", "w", "b"), "c")
                .node("Relu", List.of("c"), "r")
                .quantizedAndBack("r", "a", type, 0.05f, type == OnnxFile.UINT8 ? 0 : -128)
                .node("Flatten", List.of("a"), "f")
                .quantizedAndBack("f", "g", type, 0.05f, type == OnnxFile.UINT8 ? 0 : -128)
                .node("Gemm", List.of("g", "v"), "h", OnnxFile.integer("transB", 1))
                .quantizedAndBack("h", "out", type, OUT_SCALE, zero)
                .output("out");
    }

    @Test
    void fusedNetworksAgreeWithTheSameNetworkInFloatToAStep() throws Exception {
        for (int type : new int[] {OnnxFile.INT8, OnnxFile.UINT8}) {
            SeededCases.forEach(1, 50, (random, seed) -> {
                var fused = ModelReader.read(
                        network(new SplittableRandom(seed), type, true).bytes(), "fused");
                var inFloat = ModelReader.read(
                        network(new SplittableRandom(seed), type, false).bytes(), "float");
                assertThat(fused.operators().stream().map(Operator::builtin))
                        .contains("CONV_2D", "FULLY_CONNECTED")
                        .doesNotContain("Conv", "Gemm", "FlipSign")
                        // The one of the input; flattening in the other order moved into the weights.
                        .satisfiesOnlyOnce(name -> assertThat(name).isEqualTo("Transpose"));
                assertThat(inFloat.operators().stream().map(Operator::builtin)).contains("Conv", "Gemm");
                float[] input = randomFloats(random, 48, 2.5);
                var found = run(fused, Arithmetic.ONNX, input);
                var wanted = run(inFloat, Arithmetic.ONNX, input);
                while (wanted.hasRemaining()) {
                    // A tie in the first layer may move a sum by a step of it, which is less than one of the output.
                    assertThat(Math.abs(found.getFloat() - wanted.getFloat())).isLessThanOrEqualTo(1.01f * OUT_SCALE);
                }
            });
        }
    }
}
