package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Vector kernels against scalar ones, byte for byte: lengths around every lane width, weights from tiny to extreme, scales
 * that need every way of rescaling. The build runs this class once for each register width.
 */
class VectorKernelsTest {
    private static final int CASES = 300;
    private static final int[] LENGTHS = {
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 63, 64, 65, 80, 127, 130
    };

    private final Set<String> carriers = new HashSet<>();

    private static int length(SplittableRandom random) {
        return LENGTHS[random.nextInt(LENGTHS.length)];
    }

    private static <T> T any(SplittableRandom random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    /** Weights of one of several kinds: what fits 16 bits in long groups, in short ones, and not at all for long. */
    private static Tensor weights(SplittableRandom random, int channelDimension, float scale, int... shape) {
        int count = 1;
        for (int dimension : shape) {
            count *= dimension;
        }
        byte[] data = new byte[count];
        int kind = random.nextInt(8);
        for (int i = 0; i < count; i++) {
            data[i] = (byte)
                    switch (kind) {
                        case 0 -> random.nextInt(-3, 4);
                        case 1 -> Math.clamp(Math.round(random.nextGaussian() * 30), -127, 127);
                        case 2 -> random.nextInt(-128, 128);
                        // Ternary, and powers of two.
                        case 3 -> random.nextInt(-1, 2);
                        case 4 -> (random.nextBoolean() ? 1 : -1) << random.nextInt(7);
                        default -> random.nextBoolean() ? 127 : -128;
                    };
        }
        boolean perChannel = channelDimension >= 0;
        float[] scales = new float[perChannel ? shape[channelDimension] : 1];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = scale * (float) random.nextDouble(0.5, 2);
        }
        return new Tensor(
                "weights",
                shape,
                TensorType.INT8,
                scales,
                new int[scales.length],
                Math.max(channelDimension, 0),
                ByteBuffer.wrap(data));
    }

    private static Tensor bias(SplittableRandom random, int channels) {
        var data = ByteBuffer.allocate(channels * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int bits = random.nextInt(1, 31);
        for (int i = 0; i < channels; i++) {
            data.putInt(i * Integer.BYTES, random.nextInt() >> (32 - bits));
        }
        return new Tensor("bias", new int[] {channels}, TensorType.INT32, new float[0], new int[0], 0, data);
    }

    /** Powers of two make ties, tiny ones need wide registers, large ones shift left. */
    private static float scale(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> Math.scalb(1f, random.nextInt(-18, 2));
            case 1 -> (float) random.nextDouble(1e-6, 1e-4);
            default -> (float) random.nextDouble(0.0001, 0.02);
        };
    }

    private void sameBytes(SplittableRandom random, List<Tensor> tensors, Operator operator, Arithmetic arithmetic)
            throws Exception {
        var graph = Graph.of(
                "one operator", tensors, List.of(operator), operator.activations(), List.of(operator.output()));
        var scalar = Interpreter.create(graph, arithmetic, Kernels.scalar());
        var vector = Interpreter.create(graph, arithmetic, Kernels.vector());
        carriers.add(Kernels.vector().kernel(graph, operator, arithmetic).carrier());
        byte[] input = new byte[scalar.inputBytes()];
        random.nextBytes(input);
        if (random.nextInt(4) == 0) {
            for (int i = 0; i < input.length; i++) {
                input[i] = random.nextBoolean() ? Byte.MIN_VALUE : Byte.MAX_VALUE;
            }
        }
        byte[] expected = new byte[scalar.outputBytes()];
        byte[] found = new byte[scalar.outputBytes()];
        scalar.run(input, 0, expected, 0);
        vector.run(input, 0, found, 0);
        assertThat(found).as("%s %s", operator, arithmetic).isEqualTo(expected);
        // What the first run left in working memory must not matter.
        vector.run(input, 0, found, 0);
        assertThat(found).isEqualTo(expected);
    }

    private static Window window(SplittableRandom random, int most) {
        int height = random.nextInt(1, most + 1);
        int width = random.nextInt(1, most + 1);
        return new Window(
                height,
                width,
                random.nextInt(1, 3),
                random.nextInt(1, 3),
                random.nextInt(1, 3),
                random.nextInt(1, 3),
                random.nextInt(height),
                random.nextInt(width),
                random.nextInt(height),
                random.nextInt(width));
    }

    private static Tensor image(SplittableRandom random, int channels) {
        return TestTensors.activation(
                random, random.nextInt(1, 3), random.nextInt(7, 13), random.nextInt(7, 13), channels);
    }

    private static Tensor output(SplittableRandom random, Window w, Tensor in, int channels) {
        long height = (in.dimension(1) + w.padTop() + w.padBottom() - w.extentHeight()) / w.strideHeight() + 1;
        long width = (in.dimension(2) + w.padLeft() + w.padRight() - w.extentWidth()) / w.strideWidth() + 1;
        return TestTensors.activation(random, in.dimension(0), (int) height, (int) width, channels);
    }

    @Test
    void convolutions() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            // Deep enough now and then that float32 cannot be exact.
            boolean deep = random.nextInt(10) == 0;
            var w = deep || random.nextInt(3) == 0 ? new Window(1, 1, 1, 1, 1, 1, 0, 0, 0, 0) : window(random, 4);
            var in = image(random, deep ? 1100 : length(random));
            int units = length(random);
            var filter = weights(
                    random,
                    random.nextBoolean() ? 0 : -1,
                    scale(random),
                    units,
                    w.kernelHeight(),
                    w.kernelWidth(),
                    in.dimension(3));
            var conv = new Operator.Conv2d(1, 0, 1, OptionalInt.of(2), 3, w, any(random, Activation.values()));
            sameBytes(
                    random,
                    List.of(in, filter, bias(random, units), output(random, w, in, units)),
                    conv,
                    any(random, Arithmetic.values()));
        });
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(carriers).as("ways to carry products that were used").hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void depthwiseConvolutions() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            var w = window(random, 5);
            int multiplier = random.nextInt(1, 4);
            var in = image(random, length(random));
            while (in.dimension(1) < w.extentHeight() || in.dimension(2) < w.extentWidth()) {
                w = window(random, 4);
            }
            int channels = in.dimension(3) * multiplier;
            var filter = weights(
                    random,
                    random.nextBoolean() ? 3 : -1,
                    scale(random),
                    1,
                    w.kernelHeight(),
                    w.kernelWidth(),
                    channels);
            var conv = new Operator.DepthwiseConv2d(
                    1, 0, 1, OptionalInt.of(2), 3, w, multiplier, any(random, Activation.values()));
            sameBytes(
                    random,
                    List.of(in, filter, bias(random, channels), output(random, w, in, channels)),
                    conv,
                    any(random, Arithmetic.values()));
        });
    }

    /** Kernels of the usual forms, whose neighbouring windows share what they read, over rows of every remainder. */
    @Test
    void depthwiseConvolutionsWhoseWindowsOverlap() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int stride = random.nextInt(1, 3);
            int length = random.nextInt(2, 12);
            var w = switch (random.nextInt(3)) {
                case 0 -> new Window(3, 3, random.nextInt(1, 3), stride, 1, 1, 1, random.nextInt(2), 1, 1);
                case 1 -> new Window(1, length, 1, 1, 1, 1, 0, random.nextInt(length), 0, 0);
                default -> new Window(length, 1, stride, stride, 1, 1, random.nextInt(length), random.nextInt(2), 0, 0);
            };
            boolean column = w.kernelWidth() == 1;
            var in = TestTensors.activation(
                    random,
                    random.nextInt(1, 3),
                    random.nextInt(column ? 12 : 3, 24),
                    column ? 1 : random.nextInt(12, 40),
                    length(random));
            int channels = in.dimension(3);
            var filter = weights(
                    random,
                    random.nextBoolean() ? 3 : -1,
                    scale(random),
                    1,
                    w.kernelHeight(),
                    w.kernelWidth(),
                    channels);
            var conv =
                    new Operator.DepthwiseConv2d(1, 0, 1, OptionalInt.of(2), 3, w, 1, any(random, Activation.values()));
            sameBytes(
                    random,
                    List.of(in, filter, bias(random, channels), output(random, w, in, channels)),
                    conv,
                    any(random, Arithmetic.values()));
        });
        if (System.getProperty("fleetwright.seed") == null) {
            for (String form : List.of("square", "strided", "line")) {
                assertThat(carriers).as("ways to share loads that were used").anyMatch(name -> name.endsWith(form));
            }
        }
    }

    /** So many weights that a part of them is widened at a time. */
    @Test
    void convolutionsWhoseWeightsStayBytes() {
        SeededCases.forEach(1, 40, (random, _) -> {
            var in = image(random, random.nextInt(200, 330));
            int units = random.nextInt(250, 300);
            var filter = weights(random, random.nextBoolean() ? 0 : -1, scale(random), units, 1, 1, in.dimension(3));
            var w = new Window(1, 1, 1, 1, 1, 1, 0, 0, 0, 0);
            var conv = new Operator.Conv2d(1, 0, 1, OptionalInt.of(2), 3, w, any(random, Activation.values()));
            sameBytes(
                    random,
                    List.of(in, filter, bias(random, units), output(random, w, in, units)),
                    conv,
                    any(random, Arithmetic.values()));
        });
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(carriers).as("ways to hold weights that were used").anyMatch(name -> name.endsWith("bytes"));
        }
    }

    @Test
    void fullyConnectedLayers() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rows = random.nextInt(1, 8);
            int depth = random.nextInt(8) == 0 ? 1100 : length(random);
            int units = length(random);
            var in = TestTensors.activation(random, rows, depth);
            var tensors = new ArrayList<Tensor>();
            tensors.add(in);
            tensors.add(weights(random, -1, scale(random), units, depth));
            tensors.add(bias(random, units));
            tensors.add(TestTensors.activation(random, rows, units));
            var layer = new Operator.FullyConnected(
                    1,
                    0,
                    1,
                    random.nextBoolean() ? OptionalInt.of(2) : OptionalInt.empty(),
                    3,
                    any(random, Activation.values()));
            sameBytes(random, tensors, layer, any(random, Arithmetic.values()));
        });
    }

    @Test
    void additions() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int count = random.nextInt(1, 5000);
            var tensors = List.of(
                    TestTensors.activation(scale(random), random.nextInt(-128, 128), count),
                    TestTensors.activation(scale(random), random.nextInt(-128, 128), count),
                    TestTensors.activation(scale(random), random.nextInt(-128, 128), count));
            double factor = 2.0
                    * Math.max(tensors.get(0).scale(0), tensors.get(1).scale(0))
                    / ((1 << 20) * (double) tensors.get(2).scale(0));
            if (factor < 1) {
                var add = new Operator.Add(1, 0, 1, 2, any(random, Activation.values()));
                sameBytes(random, tensors, add, any(random, Arithmetic.values()));
            }
        });
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(carriers).as("ways to add that were used").contains("tables, int64");
            if (Integer.getInteger("fleetwright.vector.bits", 256) >= 256) {
                assertThat(carriers).as("ways to add that were used").anyMatch(name -> name.contains("all pairs"));
            }
        }
    }

    /** 1101 products of 127 and 127 are an odd number above 2^24, which no float32 holds. */
    @Test
    void aSumThatFloatsCannotHoldIsExact() throws Exception {
        for (int rows : new int[] {1, 6}) {
            aSumThatFloatsCannotHoldIsExact(rows);
        }
    }

    private static void aSumThatFloatsCannotHoldIsExact(int rows) throws Exception {
        int depth = 1101;
        byte[] all = new byte[rows * depth];
        Arrays.fill(all, Byte.MAX_VALUE);
        int sum = 127 * 127 * depth;
        var bias = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, 29 - sum);
        float[] one = {1};
        int[] zero = {0};
        var weights = ByteBuffer.wrap(Arrays.copyOf(all, depth));
        var tensors = List.of(
                new Tensor("in", new int[] {rows, depth}, TensorType.INT8, one, zero, 0, null),
                new Tensor("weights", new int[] {1, depth}, TensorType.INT8, one, zero, 0, weights),
                new Tensor("bias", new int[] {1}, TensorType.INT32, new float[0], new int[0], 0, bias),
                new Tensor("out", new int[] {rows, 1}, TensorType.INT8, one, zero, 0, null));
        var layer = new Operator.FullyConnected(1, 0, 1, OptionalInt.of(2), 3, Activation.NONE);
        var graph = Graph.of("deep", tensors, List.of(layer), List.of(0), List.of(3));
        byte[] expected = new byte[rows];
        Arrays.fill(expected, (byte) 29);
        for (var set : List.of(Kernels.scalar(), Kernels.vector())) {
            for (var arithmetic : List.of(Arithmetic.TFLITE_DOUBLE_ROUNDING, Arithmetic.TFLITE_SINGLE_ROUNDING)) {
                byte[] out = new byte[rows];
                Interpreter.create(graph, arithmetic, set).run(all, 0, out, 0);
                assertThat(out).as("%s %s", set.name(), arithmetic).isEqualTo(expected);
            }
        }
    }
}
