package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteOperator.bytes;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.tflite.TfliteReader;
import io.fleetwright.testkit.SeededCases;
import java.math.BigInteger;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** TRANSPOSE_CONV against its definition: every input position scatters the filter over the output. */
class TransposeConvTest {
    private static final int TRANSPOSE_CONV = 67;
    private static final int SAME = 0;

    @Test
    void equalsScatteredFilters() {
        SeededCases.forEach(1, 300, (random, _) -> {
            int[] shape = TfliteOperator.shape(random, 4, 5);
            int kernelHeight = random.nextInt(1, 5);
            int kernelWidth = random.nextInt(1, 5);
            int strideHeight = random.nextInt(1, 4);
            int strideWidth = random.nextInt(1, 4);
            int padding = random.nextInt(2);
            int units = random.nextInt(1, 7);
            int[] filterShape = {units, kernelHeight, kernelWidth, shape[3]};
            // Any output whose padded windows are as many as input positions: the largest, or one less by some.
            int height = extent(shape[1], kernelHeight, strideHeight, padding) - random.nextInt(strideHeight);
            int width = extent(shape[2], kernelWidth, strideWidth, padding) - random.nextInt(strideWidth);
            if (height < 1 || width < 1 || (padding != SAME && (height < kernelHeight || width < kernelWidth))) {
                return;
            }
            int[] outputShape = {shape[0], height, width, units};
            int top = before(height, kernelHeight, strideHeight, padding);
            int left = before(width, kernelWidth, strideWidth, padding);
            float inScale = (float) random.nextDouble(0.01, 0.2);
            float outScale = (float) random.nextDouble(0.01, 0.2);
            int inZero = TfliteOperator.zeroPoint(random);
            int outZero = TfliteOperator.zeroPoint(random);
            float[] scales = new float[random.nextBoolean() ? units : 1];
            for (int i = 0; i < scales.length; i++) {
                scales[i] = (float) random.nextDouble(0.001, 0.02);
            }
            byte[] weights = bytes(random, elements(filterShape));
            int[] bias = random.ints(units, -4000, 4000).toArray();
            boolean biased = random.nextBoolean();
            int clamp = random.nextInt(4);
            var activation = new Activation[] {
                        Activation.NONE, Activation.RELU, Activation.RELU_N1_TO_1, Activation.RELU6
                    }
                    [clamp];
            var rounding = TfliteOperator.rounding(random);
            byte[] in = bytes(random, elements(shape));

            var writer = new TfliteWriter();
            int shapeId = writer.ints(outputShape);
            int filter = writer.tensor(filterShape, 9, writer.buffer(weights), scales, new long[scales.length]);
            int input = writer.activation(inScale, inZero, shape);
            int biasId = writer.ints(bias);
            int output = writer.activation(outScale, outZero, outputShape);
            int[] ins = biased ? new int[] {shapeId, filter, input, biasId} : new int[] {shapeId, filter, input};
            var options = table((byte) padding, strideWidth, strideHeight, (byte) clamp);
            byte[] file = writer.operator(TRANSPOSE_CONV, 4, 49, options, ins, output)
                    .ports(new int[] {input}, new int[] {output})
                    .toBytes();

            long[] sums = new long[elements(outputShape)];
            for (int i = 0; i < sums.length; i++) {
                sums[i] = biased ? bias[i % units] : 0;
            }
            for (int i = 0; i < in.length; i++) {
                int[] at = TfliteOperator.coordinates(shape, i);
                for (int k = 0; k < weights.length; k++) {
                    int[] w = TfliteOperator.coordinates(filterShape, k);
                    int y = at[1] * strideHeight - top + w[1];
                    int x = at[2] * strideWidth - left + w[2];
                    if (w[3] == at[3] && y >= 0 && y < height && x >= 0 && x < width) {
                        sums[element(outputShape, at[0], y, x, w[0])] += (in[i] - inZero) * weights[k];
                    }
                }
            }
            byte[] expected = new byte[sums.length];
            for (int i = 0; i < expected.length; i++) {
                double factor = (double) inScale * (double) scales[scales.length == 1 ? 0 : i % units] / outScale;
                expected[i] = ExactScaling.clamped(
                        ExactScaling.of(factor).apply(rounding, BigInteger.valueOf(sums[i])),
                        outZero,
                        activation.low(outScale, outZero),
                        activation.high(outScale, outZero));
            }
            assertThat(TfliteOperator.run(file, rounding, in))
                    .as("%s to %s", Arrays.toString(shape), Arrays.toString(outputShape))
                    .isEqualTo(expected);
            assertThat(ModelReport.of(TfliteReader.read(file, "macs")).macs())
                    .isEqualTo((long) in.length * kernelHeight * kernelWidth * units);
        });
    }

    /** Largest output for this many input positions. */
    private static int extent(int in, int kernel, int stride, int padding) {
        return padding == SAME ? in * stride : (in - 1) * stride + kernel + stride - 1;
    }

    private static int before(int out, int kernel, int stride, int padding) {
        int windows = (out + stride - 1) / stride;
        return padding == SAME ? Math.max((windows - 1) * stride + kernel - out, 0) / 2 : 0;
    }
}
