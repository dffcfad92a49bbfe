package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a product takes over from the operators after it, against the same network with all of them. */
class FoldingTest {
    private static final double TOLERANCE = 2e-6;

    private static float[] floats(SplittableRandom random, int count, double least, double most) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(least, most);
        }
        return values;
    }

    private static List<String> operators(Graph graph) {
        return graph.operators().stream().map(Operator::builtin).toList();
    }

    /** The first output. */
    private static float[] run(Graph graph, float[] input) {
        var interpreter = Interpreter.create(graph, Arithmetic.ONNX, Kernels.best());
        var in = ByteBuffer.allocate(interpreter.inputBytes()).order(ByteOrder.LITTLE_ENDIAN);
        in.asFloatBuffer().put(input);
        var out = ByteBuffer.allocate(interpreter.outputBytes()).order(ByteOrder.LITTLE_ENDIAN);
        interpreter.run(in.array(), 0, out.array(), 0);
        float[] values = new float[graph.outputs().getFirst().bytes() / Float.BYTES];
        out.asFloatBuffer().get(values);
        return values;
    }

    /**
     * An operator folds into the product before it unless somebody else reads the product: so the same file with one
     * more output is the network as written.
     */
    private static void folds(OnnxFile plain, OnnxFile watched, float[] input, String product, String... gone)
            throws Exception {
        var folded = ModelReader.read(plain.output("y").bytes(), "folded");
        var asWritten = ModelReader.read(watched.output("y").output("p").bytes(), "as written");
        assertThat(operators(folded)).contains(product).doesNotContain(gone);
        assertThat(operators(asWritten)).contains(gone);
        float[] wanted = run(asWritten, input);
        float[] found = run(folded, input);
        double largest = 0;
        for (float value : wanted) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < wanted.length; i++) {
            assertThat((double) Math.abs(found[i] - wanted[i])).isLessThanOrEqualTo(TOLERANCE * Math.max(largest, 1));
        }
    }

    private static OnnxFile normalized(OnnxFile file, SplittableRandom random, int units) {
        return file.floats("scale", floats(random, units, -2, 2), units)
                .floats("shift", floats(random, units, -1, 1), units)
                .floats("mean", floats(random, units, -1, 1), units)
                .floats("variance", floats(random, units, 0.2, 3), units)
                .node("BatchNormalization", List.of("p", "scale", "shift", "mean", "variance"), "y");
    }

    private static OnnxFile convolution(SplittableRandom random, int units, boolean biased) {
        int channels = random.nextInt(1, 4);
        var file = OnnxFile.opset(15)
                .input("x", OnnxFile.FLOAT, 1, 3, 5, 5)
                .floats("w", floats(random, units * 3 * 9, -1, 1), units, 3, 3, 3)
                .floats("b", floats(random, units, -1, 1), units);
        var inputs = biased ? List.of("x", "w", "b") : List.of("x", "w");
        return file.node("Conv", inputs, "p", OnnxFile.integers("pads", 0, 1, channels % 2, 0));
    }

    @Test
    void batchNormalizationFoldsIntoConvolutions() {
        SeededCases.forEach(1, 40, (random, seed) -> {
            int units = random.nextInt(1, 9);
            boolean biased = random.nextBoolean();
            folds(
                    normalized(convolution(new SplittableRandom(seed), units, biased), new SplittableRandom(7), units),
                    normalized(convolution(new SplittableRandom(seed), units, biased), new SplittableRandom(7), units),
                    floats(random, 75, -1, 1),
                    "Conv",
                    "BatchNormalization");
        });
    }

    private static OnnxFile gemm(SplittableRandom random, int units, int order) {
        var file = OnnxFile.opset(15).input("x", OnnxFile.FLOAT, 2, 6).floats("b", floats(random, units, -1, 1), units);
        float[] weights = floats(random, 6 * units, -1, 1);
        return switch (order) {
            case 0 -> file.floats("w", weights, 6, units).node("MatMul", List.of("x", "w"), "p");
            case 1 -> file.floats("w", weights, 6, units).node("Gemm", List.of("x", "w", "b"), "p");
            default ->
                file.floats("w", weights, units, 6)
                        .node("Gemm", List.of("x", "w", "b"), "p", OnnxFile.integer("transB", 1));
        };
    }

    @Test
    void batchNormalizationFoldsIntoMatrixProducts() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            int units = random.nextInt(2, 9);
            int order = random.nextInt(3);
            folds(
                    normalized(gemm(new SplittableRandom(seed), units, order), new SplittableRandom(7), units),
                    normalized(gemm(new SplittableRandom(seed), units, order), new SplittableRandom(7), units),
                    floats(random, 12, -1, 1),
                    "Gemm",
                    "BatchNormalization");
        });
    }

    private static OnnxFile withConstants(OnnxFile file, SplittableRandom random, int units, boolean image) {
        long[] shape = image ? new long[] {units, 1, 1} : new long[] {units};
        return file.floats("m", floats(random, units, -2, 2), shape)
                .floats("a", floats(random, units, -2, 2), shape)
                .floats("d", new float[] {3})
                .floats("s", floats(random, units, -2, 2), shape)
                .node("Mul", List.of("m", "p"), "p1")
                .node("Add", List.of("p1", "a"), "p2")
                .node("Div", List.of("p2", "d"), "p3")
                .node("Sub", List.of("p3", "s"), "y");
    }

    @Test
    void constantsForEachUnitFoldIntoProducts() {
        SeededCases.forEach(1, 40, (random, seed) -> {
            int units = random.nextInt(2, 9);
            folds(
                    withConstants(
                            convolution(new SplittableRandom(seed), units, true), new SplittableRandom(7), units, true),
                    withConstants(
                            convolution(new SplittableRandom(seed), units, true), new SplittableRandom(7), units, true),
                    floats(random, 75, -1, 1),
                    "Conv",
                    "Mul",
                    "Add",
                    "Div",
                    "Sub");
            int order = random.nextInt(1, 3);
            folds(
                    withConstants(
                            gemm(new SplittableRandom(seed), units, order), new SplittableRandom(7), units, false),
                    withConstants(
                            gemm(new SplittableRandom(seed), units, order), new SplittableRandom(7), units, false),
                    floats(random, 12, -1, 1),
                    "Gemm",
                    "Mul",
                    "Add",
                    "Div",
                    "Sub");
        });
    }

    @Test
    void whatIsNotOnePerUnitStays() throws Exception {
        var random = new SplittableRandom(1);
        // Along the width of an image, which has as many positions as there are units.
        var image = OnnxFile.opset(15)
                .input("x", OnnxFile.FLOAT, 1, 3, 4, 4)
                .floats("w", floats(random, 12, -1, 1), 4, 3, 1, 1)
                .floats("m", floats(random, 4, -1, 1), 4)
                .node("Conv", List.of("x", "w"), "p")
                .node("Mul", List.of("p", "m"), "y")
                .output("y");
        assertThat(operators(ModelReader.read(image.bytes(), "image"))).contains("Mul");
        // A variance below -epsilon has no square root.
        var negative = OnnxFile.opset(15)
                .input("x", OnnxFile.FLOAT, 1, 2)
                .floats("w", floats(random, 4, -1, 1), 2, 2)
                .floats("one", new float[] {1, 1}, 2)
                .floats("minus", new float[] {-1, 1}, 2)
                .node("MatMul", List.of("x", "w"), "p")
                .node("BatchNormalization", List.of("p", "one", "one", "one", "minus"), "y")
                .output("y");
        assertThat(operators(ModelReader.read(negative.bytes(), "negative"))).contains("BatchNormalization");
        var byZero = OnnxFile.opset(15)
                .input("x", OnnxFile.FLOAT, 1, 2)
                .floats("w", floats(random, 4, -1, 1), 2, 2)
                .floats("zero", new float[] {0, 1}, 2)
                .node("MatMul", List.of("x", "w"), "p")
                .node("Div", List.of("p", "zero"), "y")
                .output("y");
        assertThat(operators(ModelReader.read(byZero.bytes(), "by zero"))).contains("Div");
    }
}
