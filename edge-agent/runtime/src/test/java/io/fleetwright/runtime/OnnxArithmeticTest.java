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
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Operators whose result the ONNX standard defines on real values, against the definition itself. */
class OnnxArithmeticTest {
    private static byte[] run(Graph graph, byte[] input) {
        var interpreter = Interpreter.create(graph, Arithmetic.ONNX, Kernels.best());
        byte[] output = new byte[interpreter.outputBytes()];
        interpreter.run(input, 0, output, 0);
        return output;
    }

    private static float real(int value, Tensor tensor) {
        return (value - tensor.zeroPoint(0)) * tensor.scale(0);
    }

    private static byte quantized(float real, Tensor tensor, float low, float high) {
        float clamped = Math.min(Math.max(real, low), high);
        int steps = BigDecimal.valueOf(clamped / tensor.scale(0))
                .setScale(0, RoundingMode.HALF_EVEN)
                .intValue();
        return (byte) Math.clamp((long) steps + tensor.zeroPoint(0), Byte.MIN_VALUE, Byte.MAX_VALUE);
    }

    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void addsRealValuesAndClampsThem() throws Exception {
        SeededCases.forEach(1, 200, (random, _) -> {
            int count = random.nextInt(1, 70);
            var left = TestTensors.activation(random, 1, count);
            var right = TestTensors.activation(random, 1, count);
            var sum = TestTensors.activation(random, 1, count);
            boolean relu = random.nextBoolean();
            var activation = relu ? Activation.RELU : Activation.NONE;
            var graph = Graph.of(
                    "add",
                    List.of(left, right, sum),
                    List.of(new Operator.Add(1, 0, 1, 2, activation)),
                    List.of(0, 1),
                    List.of(2));
            byte[] input = bytes(random, 2 * count);
            byte[] wanted = new byte[count];
            for (int i = 0; i < count; i++) {
                float total = real(input[i], left) + real(input[count + i], right);
                wanted[i] = quantized(total, sum, relu ? 0 : Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
            }
            assertThat(run(graph, input)).isEqualTo(wanted);
        });
    }

    @Test
    void meansRealValuesInsideTheImage() throws Exception {
        SeededCases.forEach(1, 100, (random, _) -> {
            int size = random.nextInt(2, 6);
            int channels = random.nextInt(1, 5);
            float scale = (float) random.nextDouble(0.01, 0.2);
            int zero = random.nextInt(-128, 128);
            var image = TestTensors.activation(scale, zero, 1, size, size, channels);
            var mean = TestTensors.activation(scale, zero, 1, size - 1, size - 1, channels);
            var window = new Window(3, 3, 1, 1, 1, 1, 1, 0, 0, 1);
            var graph = Graph.of(
                    "mean",
                    List.of(image, mean),
                    List.of(new Operator.AveragePool2d(1, 0, 1, window, Activation.NONE)),
                    List.of(0),
                    List.of(1));
            byte[] input = bytes(random, size * size * channels);
            byte[] wanted = new byte[mean.elements()];
            for (int i = 0; i < wanted.length; i++) {
                int c = i % channels;
                int x = i / channels % (size - 1);
                int y = i / channels / (size - 1);
                double sum = 0;
                int count = 0;
                for (int row = Math.max(y - 1, 0); row < Math.min(y + 2, size); row++) {
                    for (int column = x; column < Math.min(x + 3, size); column++) {
                        sum += real(input[(row * size + column) * channels + c], image);
                        count++;
                    }
                }
                wanted[i] = quantized((float) (sum / count), mean, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
            }
            assertThat(run(graph, input)).isEqualTo(wanted);
        });
    }

    @Test
    void softmaxIsThatOfRealValues() throws Exception {
        SeededCases.forEach(1, 200, (random, _) -> {
            int depth = random.nextInt(1, 40);
            var logits = TestTensors.activation(random, 2, depth);
            var shares = new Tensor(
                    "shares", new int[] {2, depth}, TensorType.INT8, new float[] {1f / 256}, new int[] {-128}, 0, null);
            var graph = Graph.of(
                    "softmax",
                    List.of(logits, shares),
                    List.of(new Operator.Softmax(1, 0, 1, 1)),
                    List.of(0),
                    List.of(1));
            byte[] input = bytes(random, 2 * depth);
            byte[] wanted = new byte[2 * depth];
            for (int i = 0; i < wanted.length; i++) {
                int row = i / depth * depth;
                double own = real(input[i], logits);
                double sum = 0;
                for (int k = 0; k < depth; k++) {
                    sum += StrictMath.exp(real(input[row + k], logits) - own);
                }
                wanted[i] = quantized((float) (1 / sum), shares, 0, 1);
            }
            byte[] found = run(graph, input);
            // The reference sums in another order, so ties may fall to either side.
            for (int i = 0; i < wanted.length; i++) {
                assertThat(Math.abs(found[i] - wanted[i])).isLessThanOrEqualTo(1);
            }
        });
    }
}
