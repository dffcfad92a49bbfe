package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Operators on integers of the file that become integer operators of the graph, against the same ones computed as the
 * standard defines them: which they are when their weights come at run time.
 */
class IntegerOperatorsTest {
    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static float[] scales(SplittableRandom random, int count) {
        float[] scales = new float[count];
        for (int i = 0; i < count; i++) {
            scales[i] = (float) random.nextDouble(0.002, 0.02);
        }
        return scales;
    }

    private static List<String> operators(Graph graph) {
        return graph.operators().stream().map(Operator::builtin).toList();
    }

    private static byte[] run(Graph graph, byte[]... inputs) {
        var interpreter = Interpreter.create(graph, Arithmetic.ONNX, Kernels.best());
        byte[] in = new byte[interpreter.inputBytes()];
        int at = 0;
        for (byte[] input : inputs) {
            System.arraycopy(input, 0, in, at, input.length);
            at += input.length;
        }
        assertThat(at).isEqualTo(in.length);
        byte[] out = new byte[interpreter.outputBytes()];
        interpreter.run(in, 0, out, 0);
        return out;
    }

    /** Builds one file twice: its weights are constants, or inputs whose bytes are collected. */
    private static final class Building {
        private final OnnxFile file = OnnxFile.opset(13);
        private final boolean constant;
        private final List<byte[]> inputs = new ArrayList<>();
        private int channels;

        Building(boolean constant) {
            this.constant = constant;
        }

        void input(String name, int type, byte[] data, long... shape) {
            file.input(name, type, shape);
            inputs.add(data);
        }

        void weights(String name, byte[] data, long... shape) {
            if (constant) {
                file.raw(name, OnnxFile.INT8, data, shape);
            } else {
                input(name, OnnxFile.INT8, data, shape);
            }
        }

        Graph graph() throws Exception {
            return ModelReader.read(file.bytes(), constant ? "constant" : "at run time");
        }

        byte[] run(Graph graph) {
            return IntegerOperatorsTest.run(graph, inputs.toArray(byte[][]::new));
        }
    }

    /** QLinearConv (dense or depthwise), QLinearConv, flattened to QLinearMatMul, of any types. */
    private static Building chain(SplittableRandom random, boolean constant) {
        var building = new Building(constant);
        var file = building.file;
        int[] types = new int[4];
        for (int i = 0; i < types.length; i++) {
            types[i] = random.nextBoolean() ? OnnxFile.UINT8 : OnnxFile.INT8;
            file.floats("s" + i, new float[] {(float) random.nextDouble(0.02, 0.2)})
                    .raw("z" + i, types[i], bytes(random, 1));
        }
        building.input("x", types[0], bytes(random, 3 * 30), 1, 3, 6, 5);
        boolean depthwise = random.nextBoolean();
        int units = depthwise ? 3 * random.nextInt(1, 3) : random.nextInt(1, 7);
        boolean perUnit = random.nextBoolean();
        building.weights("w", bytes(random, units * (depthwise ? 1 : 3) * 9), units, depthwise ? 1 : 3, 3, 3);
        file.floats("ws", scales(random, perUnit ? units : 1), perUnit ? new long[] {units} : new long[0])
                .raw("wz", OnnxFile.INT8, new byte[perUnit ? units : 1], perUnit ? new long[] {units} : new long[0])
                .raw("b", OnnxFile.INT32, bias(random, units), units)
                .node(
                        "QLinearConv",
                        List.of("x", "s0", "z0", "w", "ws", "wz", "s1", "z1", "b"),
                        "c",
                        OnnxFile.integers("pads", 1, 0, random.nextInt(2), 1),
                        OnnxFile.integers("strides", 1, random.nextInt(1, 3)),
                        OnnxFile.integer("group", depthwise ? 3 : 1));
        building.weights("v", bytes(random, 4 * units), 4, units, 1, 1);
        file.floats("vs", scales(random, 1))
                .raw("vz", OnnxFile.INT8, new byte[1])
                .node("QLinearConv", List.of("c", "s1", "z1", "v", "vs", "vz", "s2", "z2"), "d")
                .longs("shape", 4, -1)
                .node("Reshape", List.of("d", "shape"), "r")
                .node("Transpose", List.of("r"), "t", OnnxFile.integers("perm", 1, 0));
        int columns = random.nextInt(1, 6);
        boolean perColumn = columns > 1 && random.nextBoolean();
        building.weights("m", bytes(random, 4 * columns), 4, columns);
        file.floats("ms", scales(random, perColumn ? columns : 1), perColumn ? new long[] {columns} : new long[0])
                .raw(
                        "mz",
                        OnnxFile.INT8,
                        new byte[perColumn ? columns : 1],
                        perColumn ? new long[] {columns} : new long[0])
                .node("QLinearMatMul", List.of("t", "s2", "z2", "m", "ms", "mz", "s3", "z3"), "y")
                .output("y");
        return building;
    }

    private static byte[] bias(SplittableRandom random, int units) {
        byte[] bias = new byte[4 * units];
        for (int unit = 0; unit < units; unit++) {
            int value = random.nextInt(-3000, 3000);
            for (int i = 0; i < 4; i++) {
                bias[4 * unit + i] = (byte) (value >> 8 * i);
            }
        }
        return bias;
    }

    @Test
    void operatorsOnIntegersGiveTheBytesOfTheStandardsDefinition() {
        SeededCases.forEach(1, 300, (_, seed) -> {
            var fused = chain(new SplittableRandom(seed), true);
            var defined = chain(new SplittableRandom(seed), false);
            var fusedGraph = fused.graph();
            var definedGraph = defined.graph();
            assertThat(operators(fusedGraph))
                    .doesNotContain("QLinearConv", "QLinearMatMul")
                    .containsAnyOf("CONV_2D", "DEPTHWISE_CONV_2D");
            assertThat(operators(definedGraph)).contains("QLinearConv", "QLinearMatMul");
            assertThat(fused.run(fusedGraph)).isEqualTo(defined.run(definedGraph));
        });
    }

    /** A fuzzer found that zero points may be left out. */
    @Test
    void zeroPointsLeftOutAreZero() throws Exception {
        for (int type : new int[] {OnnxFile.UINT8, OnnxFile.INT8}) {
            var random = new SplittableRandom(1);
            byte[] x = bytes(random, 12);
            byte[] weights = bytes(random, 9);
            byte[][] outputs = new byte[2][];
            for (int given = 0; given < 2; given++) {
                var file = OnnxFile.opset(13)
                        .input("x", type, 1, 3, 2, 2)
                        .raw("w", OnnxFile.INT8, weights, 3, 3, 1, 1)
                        .floats("s", new float[] {0.1f})
                        .raw("xz", type, new byte[1])
                        .raw("wz", OnnxFile.INT8, new byte[1]);
                var inputs = given == 1
                        ? List.of("x", "s", "xz", "w", "s", "wz", "s", "xz")
                        : List.of("x", "s", "", "w", "s", "", "s", "xz");
                var graph = ModelReader.read(
                        file.node("QLinearConv", inputs, "y").output("y").bytes(), "zeros");
                assertThat(operators(graph)).contains("CONV_2D");
                outputs[given] = run(graph, x);
            }
            assertThat(outputs[0]).isEqualTo(outputs[1]);
        }
    }

    /** Two convolutions of one image, both pooled, joined, and convolved again. */
    private static Building branches(SplittableRandom random, boolean constant, int type) {
        var building = new Building(constant);
        var file = building.file;
        for (int i = 0; i < 3; i++) {
            file.floats("s" + i, new float[] {(float) random.nextDouble(0.02, 0.2)})
                    .raw("z" + i, type, bytes(random, 1));
        }
        file.floats("ws", new float[] {0.01f}).raw("wz", OnnxFile.INT8, new byte[1]);
        building.input("x", type, bytes(random, 3 * 42), 1, 3, 7, 6);
        for (int branch = 0; branch < 2; branch++) {
            int units = random.nextInt(1, 5);
            building.weights("w" + branch, bytes(random, units * 27), units, 3, 3, 3);
            file.node(
                            "QLinearConv",
                            List.of("x", "s0", "z0", "w" + branch, "ws", "wz", "s1", "z1"),
                            "c" + branch,
                            OnnxFile.integers("pads", 1, 1, 1, 1))
                    .node(
                            "MaxPool",
                            List.of("c" + branch),
                            "p" + branch,
                            OnnxFile.integers("kernel_shape", 3, 2),
                            OnnxFile.integers("strides", 2, 2),
                            OnnxFile.integers("pads", 1, 0, 0, 1));
            building.channels += units;
        }
        file.node("Concat", List.of("p0", "p1"), "j", OnnxFile.integer("axis", 1));
        building.weights("v", bytes(random, 2 * building.channels), 2, building.channels, 1, 1);
        file.node("QLinearConv", List.of("j", "s1", "z1", "v", "ws", "wz", "s2", "z2"), "y")
                .output("y");
        return building;
    }

    @Test
    void poolsAndJointsBetweenIntegerOperatorsNeedNoOtherLayout() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            int type = random.nextBoolean() ? OnnxFile.UINT8 : OnnxFile.INT8;
            var fused = branches(new SplittableRandom(seed), true, type);
            var defined = branches(new SplittableRandom(seed), false, type);
            var fusedGraph = fused.graph();
            var definedGraph = defined.graph();
            var wanted = new ArrayList<String>();
            if (type == OnnxFile.UINT8) {
                wanted.add("FlipSign");
            }
            wanted.addAll(
                    List.of("Transpose", "CONV_2D", "MAX_POOL_2D", "CONV_2D", "MAX_POOL_2D", "Concat", "CONV_2D"));
            var found = new ArrayList<>(operators(fusedGraph));
            assertThat(found.removeLast()).isIn("Transpose", "FlipSign", "Reshape", "CONV_2D");
            assertThat(found).containsAll(wanted).doesNotContain("MaxPool");
            assertThat(found.stream().filter("Transpose"::equals)).hasSizeLessThanOrEqualTo(2);
            assertThat(fused.run(fusedGraph)).isEqualTo(defined.run(definedGraph));
        });
    }

    private static Graph layer(int type, int bits, byte[] integers, byte[] zeroPoint, float[] scales) throws Exception {
        int units = scales.length;
        int depth = integers.length / units;
        var file = OnnxFile.opset(21).input("in", OnnxFile.FLOAT, 2, depth);
        return ModelReader.read(
                file.quantizedAndBack("in", "x", OnnxFile.INT8, 0.03f, 5)
                        .packed("w", type, bits, integers, units, depth)
                        .floats("s", scales, units)
                        .packed("z", type, bits, zeroPoint, units)
                        .node("DequantizeLinear", List.of("w", "s", "z"), "v", OnnxFile.integer("axis", 0))
                        .node("Gemm", List.of("x", "v"), "h", OnnxFile.integer("transB", 1))
                        .quantizedAndBack("h", "y", OnnxFile.INT8, 0.1f, -3)
                        .output("y")
                        .bytes(),
                "layer");
    }

    private static byte[] input(SplittableRandom random, int floats) {
        var data = ByteBuffer.allocate(4 * floats).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < floats; i++) {
            data.putFloat((float) random.nextDouble(-4, 4));
        }
        return data.array();
    }

    /** Weights of fewer bits: the same integers as int8 give the same bytes. */
    @Test
    void weightsOfFewBitsGiveTheBytesOfTheSameIntegersInInt8() {
        SeededCases.forEach(1, 60, (random, _) -> {
            int units = random.nextInt(2, 9);
            int depth = random.nextInt(1, 70);
            float[] scales = scales(random, units);
            byte[] zeros = new byte[units];
            byte[] fourBits = new byte[units * depth];
            byte[] ternary = new byte[units * depth];
            byte[] unsigned = new byte[units * depth];
            byte[] shifted = new byte[units * depth];
            byte[] eights = new byte[units];
            Arrays.fill(eights, (byte) 8);
            for (int i = 0; i < fourBits.length; i++) {
                fourBits[i] = (byte) random.nextInt(-8, 8);
                ternary[i] = (byte) random.nextInt(-1, 2);
                unsigned[i] = (byte) random.nextInt(16);
                shifted[i] = (byte) (unsigned[i] - 8);
            }
            byte[] x = input(random, 2 * depth);
            var int4 = layer(OnnxFile.INT4, 4, fourBits, zeros, scales);
            assertThat(operators(int4)).contains("CONV_2D").doesNotContain("Gemm");
            assertThat(run(int4, x)).isEqualTo(run(layer(OnnxFile.INT8, 8, fourBits, zeros, scales), x));
            assertThat(run(layer(OnnxFile.INT2, 2, ternary, zeros, scales), x))
                    .isEqualTo(run(layer(OnnxFile.INT8, 8, ternary, zeros, scales), x));
            assertThat(run(layer(OnnxFile.UINT4, 4, unsigned, eights, scales), x))
                    .isEqualTo(run(layer(OnnxFile.INT8, 8, shifted, zeros, scales), x));
        });
    }

    @Test
    void manyOperatorsCannotShareOneConstantWithoutBound() {
        var random = new SplittableRandom(1);
        var convolutions = OnnxFile.opset(13)
                .input("in", OnnxFile.FLOAT, 1, 512, 1, 1)
                .quantizedAndBack("in", "x0", OnnxFile.INT8, 0.03f, 0)
                .raw("w", OnnxFile.INT8, bytes(random, 512 * 512), 512, 512, 1, 1)
                .floats("ws", new float[] {0.01f})
                .raw("wz", OnnxFile.INT8, new byte[1])
                .node("DequantizeLinear", List.of("w", "ws", "wz"), "v");
        for (int i = 0; i < 40; i++) {
            convolutions
                    .node("Conv", List.of("x" + i, "v"), "c" + i)
                    .quantizedAndBack("c" + i, "x" + (i + 1), OnnxFile.INT8, 0.03f, 0);
        }
        assertThatThrownBy(() -> ModelReader.read(convolutions.output("x40").bytes(), "shared"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("share constants");
        var sums = OnnxFile.opset(13)
                .input("x0", OnnxFile.FLOAT, 1)
                .floats("large", new float[1 << 20], 1 << 20)
                .node("Add", List.of("x0", "large"), "x1");
        for (int i = 1; i < 130; i++) {
            sums.node("Add", List.of("x" + i, "large"), "x" + (i + 1));
        }
        assertThatThrownBy(() -> ModelReader.read(sums.output("x130").bytes(), "shared"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("constant elements");
    }
}
