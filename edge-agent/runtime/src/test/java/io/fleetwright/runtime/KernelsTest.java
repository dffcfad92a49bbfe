package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every kernel against its formula, written as plainly as possible, over random shapes and values. */
class KernelsTest {
    private static final int CASES = 400;

    /** Runs a graph of one operator whose tensor 0 (and 1, if there are two inputs) comes in. */
    private static byte[] run(Rounding rounding, List<Tensor> tensors, Operator operator, byte[]... inputs)
            throws ModelException {
        var graph = Graph.of(
                "one operator", tensors, List.of(operator), operator.activations(), List.of(operator.output()));
        var interpreter = Interpreter.create(graph, rounding);
        byte[] input = new byte[interpreter.inputBytes()];
        int at = 0;
        for (byte[] part : inputs) {
            System.arraycopy(part, 0, input, at, part.length);
            at += part.length;
        }
        byte[] output = new byte[interpreter.outputBytes()];
        interpreter.run(input, 0, output, 0);
        return output;
    }

    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static <T> T any(SplittableRandom random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static byte requantize(Rounding rounding, int sum, double factor, Tensor output, Activation activation) {
        var quantized = QuantizedMultiplier.of(factor);
        long value = rounding.scale(sum, quantized.multiplier(), quantized.shift()) + (long) output.zeroPoint(0);
        long low = activation.low(output.scale(0), output.zeroPoint(0));
        long high = activation.high(output.scale(0), output.zeroPoint(0));
        return (byte) Math.clamp(value, low, high);
    }

    private static Window window(SplittableRandom random) {
        int kernelHeight = random.nextInt(1, 5);
        int kernelWidth = random.nextInt(1, 5);
        return new Window(
                kernelHeight,
                kernelWidth,
                random.nextInt(1, 4),
                random.nextInt(1, 4),
                random.nextInt(1, 3),
                random.nextInt(1, 3),
                random.nextInt(kernelHeight),
                random.nextInt(kernelWidth),
                random.nextInt(kernelHeight),
                random.nextInt(kernelWidth));
    }

    private static int outputs(int in, int before, int after, long extent, int stride) {
        return (int) ((in + before + after - extent) / stride + 1);
    }

    /** The image after the window. */
    private static Tensor output(SplittableRandom random, Window w, Tensor input, int channels) {
        int height = outputs(input.dimension(1), w.padTop(), w.padBottom(), w.extentHeight(), w.strideHeight());
        int width = outputs(input.dimension(2), w.padLeft(), w.padRight(), w.extentWidth(), w.strideWidth());
        return TestTensors.activation(random, input.dimension(0), height, width, channels);
    }

    /** An image large enough for any {@link #window}. */
    private static Tensor image(SplittableRandom random) {
        return TestTensors.activation(
                random, random.nextInt(1, 3), random.nextInt(7, 12), random.nextInt(7, 12), random.nextInt(1, 20));
    }

    private static int pixel(byte[] data, Tensor image, int n, int y, int x, int c) {
        return data[((n * image.dimension(1) + y) * image.dimension(2) + x) * image.dimension(3) + c];
    }

    private static boolean inside(Tensor image, int y, int x) {
        return y >= 0 && y < image.dimension(1) && x >= 0 && x < image.dimension(2);
    }

    @FunctionalInterface
    private interface Position {
        byte value(int n, int y, int x, int c);
    }

    private static byte[] everyPosition(Tensor output, Position position) {
        byte[] expected = new byte[output.elements()];
        int at = 0;
        for (int n = 0; n < output.dimension(0); n++) {
            for (int y = 0; y < output.dimension(1); y++) {
                for (int x = 0; x < output.dimension(2); x++) {
                    for (int c = 0; c < output.dimension(3); c++) {
                        expected[at++] = position.value(n, y, x, c);
                    }
                }
            }
        }
        return expected;
    }

    @Test
    void convolutionEqualsItsFormula() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            var w = window(random);
            var input = image(random);
            int units = random.nextInt(1, 12);
            var filter = TestTensors.weights(
                    random, random.nextBoolean(), 0, units, w.kernelHeight(), w.kernelWidth(), input.dimension(3));
            var output = output(random, w, input, units);
            var bias = TestTensors.bias(random, units);
            boolean biased = random.nextBoolean();
            var activation = any(random, Activation.values());
            var rounding = any(random, Rounding.values());
            byte[] in = bytes(random, input.elements());
            byte[] weights = filter.constantBytes();
            int[] biases = biased ? bias.constantInts() : new int[units];
            byte[] expected = everyPosition(output, (n, y, x, c) -> {
                int sum = biases[c];
                for (int i = 0; i < w.kernelHeight(); i++) {
                    for (int j = 0; j < w.kernelWidth(); j++) {
                        int inY = y * w.strideHeight() - w.padTop() + i * w.dilationHeight();
                        int inX = x * w.strideWidth() - w.padLeft() + j * w.dilationWidth();
                        for (int d = 0; d < input.dimension(3) && inside(input, inY, inX); d++) {
                            int weight = weights[
                                    ((c * w.kernelHeight() + i) * w.kernelWidth() + j) * input.dimension(3) + d];
                            sum += (pixel(in, input, n, inY, inX, d) - input.zeroPoint(0)) * weight;
                        }
                    }
                }
                return requantize(rounding, sum, Factors.convolution(input, filter, output, c), output, activation);
            });
            var conv = new Operator.Conv2d(1, 0, 1, biased ? OptionalInt.of(2) : OptionalInt.empty(), 3, w, activation);
            assertThat(run(rounding, List.of(input, filter, bias, output), conv, in))
                    .isEqualTo(expected);
        });
    }

    @Test
    void depthwiseConvolutionEqualsItsFormula() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            var w = window(random);
            var input = image(random);
            int multiplier = random.nextInt(1, 4);
            int channels = input.dimension(3) * multiplier;
            var filter = TestTensors.weights(
                    random, random.nextBoolean(), 3, 1, w.kernelHeight(), w.kernelWidth(), channels);
            var output = output(random, w, input, channels);
            var bias = TestTensors.bias(random, channels);
            boolean biased = random.nextBoolean();
            var activation = any(random, Activation.values());
            var rounding = any(random, Rounding.values());
            byte[] in = bytes(random, input.elements());
            byte[] weights = filter.constantBytes();
            int[] biases = biased ? bias.constantInts() : new int[channels];
            byte[] expected = everyPosition(output, (n, y, x, c) -> {
                int sum = biases[c];
                for (int i = 0; i < w.kernelHeight(); i++) {
                    for (int j = 0; j < w.kernelWidth(); j++) {
                        int inY = y * w.strideHeight() - w.padTop() + i * w.dilationHeight();
                        int inX = x * w.strideWidth() - w.padLeft() + j * w.dilationWidth();
                        if (inside(input, inY, inX)) {
                            sum += (pixel(in, input, n, inY, inX, c / multiplier) - input.zeroPoint(0))
                                    * weights[(i * w.kernelWidth() + j) * channels + c];
                        }
                    }
                }
                return requantize(rounding, sum, Factors.convolution(input, filter, output, c), output, activation);
            });
            var conv = new Operator.DepthwiseConv2d(
                    1, 0, 1, biased ? OptionalInt.of(2) : OptionalInt.empty(), 3, w, multiplier, activation);
            assertThat(run(rounding, List.of(input, filter, bias, output), conv, in))
                    .isEqualTo(expected);
        });
    }

    @Test
    void fullyConnectedEqualsItsFormulaAroundEveryLaneWidth() {
        SeededCases.forEach(1, CASES, (random, seed) -> {
            int depth = 1 + (int) (seed % 70);
            int rows = random.nextInt(1, 4);
            int units = random.nextInt(1, 20);
            var input = TestTensors.activation(random, rows, depth);
            var weights = TestTensors.weights(random, random.nextBoolean(), 0, units, depth);
            var bias = TestTensors.bias(random, units);
            var output = TestTensors.activation(random, rows, units);
            var activation = any(random, Activation.values());
            var rounding = any(random, Rounding.values());
            byte[] in = bytes(random, input.elements());
            boolean perUnit = weights.scaleCount() > 1;
            byte[] expected = new byte[rows * units];
            for (int row = 0; row < rows; row++) {
                for (int unit = 0; unit < units; unit++) {
                    int sum = bias.constantInts()[unit];
                    for (int k = 0; k < depth; k++) {
                        sum += (in[row * depth + k] - input.zeroPoint(0)) * weights.constantBytes()[unit * depth + k];
                    }
                    double product =
                            perUnit ? (double) input.scale(0) * weights.scale(unit) : input.scale(0) * weights.scale(0);
                    double factor = product / output.scale(0);
                    expected[row * units + unit] = requantize(rounding, sum, factor, output, activation);
                }
            }
            var layer = new Operator.FullyConnected(1, 0, 1, OptionalInt.of(2), 3, activation);
            assertThat(run(rounding, List.of(input, weights, bias, output), layer, in))
                    .isEqualTo(expected);
        });
    }

    @Test
    void additionEqualsItsFormula() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int count = random.nextInt(1, 300);
            var left = TestTensors.activation(random, count);
            var right = TestTensors.activation(random, count);
            var output = TestTensors.activation(random, count);
            var activation = any(random, Activation.values());
            var rounding = any(random, Rounding.values());
            byte[] a = bytes(random, count);
            byte[] b = bytes(random, count);
            double common = 2 * (double) Math.max(left.scale(0), right.scale(0));
            var leftFactor = QuantizedMultiplier.of(left.scale(0) / common);
            var rightFactor = QuantizedMultiplier.of(right.scale(0) / common);
            byte[] expected = new byte[count];
            for (int i = 0; i < count; i++) {
                int first =
                        rounding.scale((a[i] - left.zeroPoint(0)) << 20, leftFactor.multiplier(), leftFactor.shift());
                int second = rounding.scale(
                        (b[i] - right.zeroPoint(0)) << 20, rightFactor.multiplier(), rightFactor.shift());
                double factor = common / ((1 << 20) * (double) output.scale(0));
                expected[i] = requantize(rounding, first + second, factor, output, activation);
            }
            var add = new Operator.Add(1, 0, 1, 2, activation);
            assertThat(run(rounding, List.of(left, right, output), add, a, b)).isEqualTo(expected);
        });
    }

    private static Window undilated(Window w) {
        return new Window(
                w.kernelHeight(),
                w.kernelWidth(),
                w.strideHeight(),
                w.strideWidth(),
                1,
                1,
                w.padTop(),
                w.padLeft(),
                w.padBottom(),
                w.padRight());
    }

    /** The image after a pool, on the same scale. */
    private static Tensor pooled(SplittableRandom random, Window w, Tensor input) {
        var shape = output(random, w, input, input.dimension(3)).shape();
        return TestTensors.activation(
                input.scale(0),
                input.zeroPoint(0),
                shape.stream().mapToInt(Integer::intValue).toArray());
    }

    @Test
    void averagePoolEqualsTheMeanOfThePositionsInside() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            var w = undilated(window(random));
            var input = image(random);
            var output = pooled(random, w, input);
            var activation = any(random, Activation.values());
            byte[] in = bytes(random, input.elements());
            byte[] expected = everyPosition(output, (n, y, x, c) -> {
                int sum = 0;
                int count = 0;
                for (int i = 0; i < w.kernelHeight(); i++) {
                    for (int j = 0; j < w.kernelWidth(); j++) {
                        int inY = y * w.strideHeight() - w.padTop() + i;
                        int inX = x * w.strideWidth() - w.padLeft() + j;
                        if (inside(input, inY, inX)) {
                            sum += pixel(in, input, n, inY, inX, c);
                            count++;
                        }
                    }
                }
                double mean = (double) sum / count;
                int rounded = (int) Math.copySign(Math.floor(Math.abs(mean) + 0.5), mean);
                int low = activation.low(output.scale(0), output.zeroPoint(0));
                int high = activation.high(output.scale(0), output.zeroPoint(0));
                return (byte) Math.clamp(rounded, low, high);
            });
            var pool = new Operator.AveragePool2d(1, 0, 1, w, activation);
            assertThat(run(Rounding.DOUBLE, List.of(input, output), pool, in)).isEqualTo(expected);
        });
    }

    @Test
    void maxPoolEqualsTheLargestOfThePositionsInside() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            var w = undilated(window(random));
            var input = image(random);
            var output = pooled(random, w, input);
            var activation = any(random, Activation.values());
            byte[] in = bytes(random, input.elements());
            byte[] expected = everyPosition(output, (n, y, x, c) -> {
                int max = Byte.MIN_VALUE;
                for (int i = 0; i < w.kernelHeight(); i++) {
                    for (int j = 0; j < w.kernelWidth(); j++) {
                        int inY = y * w.strideHeight() - w.padTop() + i;
                        int inX = x * w.strideWidth() - w.padLeft() + j;
                        if (inside(input, inY, inX)) {
                            max = Math.max(max, pixel(in, input, n, inY, inX, c));
                        }
                    }
                }
                int low = activation.low(output.scale(0), output.zeroPoint(0));
                int high = activation.high(output.scale(0), output.zeroPoint(0));
                return (byte) Math.clamp(max, low, high);
            });
            var pool = new Operator.MaxPool2d(1, 0, 1, w, activation);
            assertThat(run(Rounding.DOUBLE, List.of(input, output), pool, in)).isEqualTo(expected);
        });
    }

    @Test
    void softmaxIsWithinOneStepOfTheRealOne() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rows = random.nextInt(1, 4);
            int depth = random.nextInt(10) == 0 ? random.nextInt(1, 4096) : random.nextInt(1, 40);
            float beta = (float) random.nextDouble(0.5, 2);
            var input = TestTensors.activation(random, rows, depth);
            var output = TestTensors.activation(1f / 256, -128, rows, depth);
            byte[] in = bytes(random, input.elements());
            byte[] out = run(Rounding.DOUBLE, List.of(input, output), new Operator.Softmax(1, 0, 1, beta), in);
            for (int row = 0; row < rows; row++) {
                double sum = 0;
                for (int k = 0; k < depth; k++) {
                    sum += Math.exp(beta * input.scale(0) * in[row * depth + k]);
                }
                for (int k = 0; k < depth; k++) {
                    double share = Math.exp(beta * input.scale(0) * in[row * depth + k]) / sum;
                    double expected = Math.min(share * 256 - 128, 127);
                    assertThat((double) out[row * depth + k]).isBetween(expected - 1, expected + 1);
                }
            }
        });
    }

    @Test
    void reshapeKeepsTheBytes() throws Exception {
        var input = TestTensors.activation(0.1f, 5, 2, 6);
        var output = TestTensors.activation(0.1f, 5, 3, 4);
        byte[] in = bytes(new SplittableRandom(1), 12);
        assertThat(run(Rounding.DOUBLE, List.of(input, output), new Operator.Reshape(1, 0, 1), in))
                .isEqualTo(in);
    }
}
