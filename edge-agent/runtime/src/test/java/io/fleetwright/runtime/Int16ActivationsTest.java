package io.fleetwright.runtime;

import static io.fleetwright.runtime.Int16Values.fromLittleEndian;
import static io.fleetwright.runtime.Int16Values.littleEndian;
import static io.fleetwright.runtime.Int16Values.run;
import static io.fleetwright.runtime.Int16Values.shorts;
import static io.fleetwright.runtime.TfliteOperator.coordinates;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.LongScaling;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.tflite.TfliteReader;
import io.fleetwright.testkit.SeededCases;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators on int16 activations, against their definitions in unbounded integers. */
class Int16ActivationsTest {
    private static final int CASES = 100;
    private static final int SAME = 0;

    /** What an output's products are added up in, and start from. */
    enum Bias {
        NONE,
        INT32,
        INT64,
        /** As large as is allowed. */
        EXTREME
    }

    private static byte[] weights(SplittableRandom random, int count) {
        byte[] weights = TfliteOperator.bytes(random, count);
        if (random.nextInt(3) == 0) {
            Arrays.fill(weights, random.nextBoolean() ? Byte.MIN_VALUE : Byte.MAX_VALUE);
        }
        return weights;
    }

    /** The bounds of NONE, RELU, RELU_N1_TO_1 and RELU6, by their codes. */
    private static short clamped(BigInteger value, int activation, float scale) {
        long low = activation == 0 ? Short.MIN_VALUE : activation == 2 ? -steps(1 / scale) : 0;
        long high = activation == 2 ? steps(1 / scale) : activation == 3 ? steps(6 / scale) : Short.MAX_VALUE;
        return value.max(BigInteger.valueOf(Math.max(low, Short.MIN_VALUE)))
                .min(BigInteger.valueOf(Math.min(high, Short.MAX_VALUE)))
                .shortValueExact();
    }

    private static long steps(float value) {
        return (long) Math.floor(value + 0.5);
    }

    /** Weights, bias and scales of an operator that adds up products, and what its sums become. */
    private static final class Product {
        private final Bias kind;
        private final boolean fullyConnected;
        private final byte[] weights;
        private final float[] weightScales;
        private final long[] bias;
        private final float inScale;
        private final Rounding rounding;
        private final int activation;
        private float outScale;

        Product(SplittableRandom random, int weightCount, int units, Bias kind, boolean fullyConnected) {
            this.kind = kind;
            this.fullyConnected = fullyConnected;
            this.weights = weights(random, weightCount);
            this.weightScales = new float[random.nextBoolean() ? units : 1];
            for (int i = 0; i < weightScales.length; i++) {
                weightScales[i] = (float) random.nextDouble(0.002, 0.01);
            }
            this.inScale = (float) random.nextDouble(0.0001, 0.01);
            this.bias = new long[units];
            for (int unit = 0; unit < units; unit++) {
                bias[unit] = switch (kind) {
                    case NONE -> 0;
                    case INT32 ->
                        random.nextInt(4) == 0 ? Integer.MAX_VALUE - random.nextInt(99) : random.nextInt(-9999, 9999);
                    case INT64 -> random.nextLong(-1L << 33, 1L << 33);
                    case EXTREME -> (1L << 46) * (random.nextBoolean() ? 1 : -1);
                };
            }
            this.rounding = TfliteOperator.rounding(random);
            this.activation = random.nextInt(4);
        }

        /** Whether sums have 32 bits and wrap around: those of fully connected layers do without a bias too. */
        private boolean wraps() {
            return kind == Bias.INT32 || (kind == Bias.NONE && fullyConnected);
        }

        /** Sums become numbers of 16 bits, or less, or more. */
        void fit(SplittableRandom random, long[] sums) {
            long largest = 1;
            for (int i = 0; i < sums.length; i++) {
                long sum = sums[i] + bias[i % bias.length];
                largest = Math.max(largest, Math.abs(wraps() ? (int) sum : sum));
            }
            double factor = 40_000.0 * random.nextDouble() / largest * (random.nextInt(6) == 0 ? 8 : 1);
            factor = Math.clamp(factor, 1e-11, wraps() ? 1000 : 20);
            outScale = (float) (inScale * weightScales[0] / factor);
        }

        int writeWeights(TfliteWriter writer, int channelDimension, int... shape) {
            int buffer = writer.buffer(weights);
            return writer.tensor("w", shape, 9, buffer, weightScales, new long[weightScales.length], channelDimension);
        }

        int[] inputs(TfliteWriter writer, int input, int weightsId) {
            return switch (kind) {
                case NONE -> new int[] {input, weightsId};
                case INT32 ->
                    new int[] {
                        input,
                        weightsId,
                        writer.ints(Arrays.stream(bias)
                                .mapToInt(value -> (int) value)
                                .toArray())
                    };
                case INT64, EXTREME -> new int[] {input, weightsId, writer.longs(bias)};
            };
        }

        /** @param sums of products, channels last */
        short[] expected(long[] sums) {
            short[] expected = new short[sums.length];
            for (int i = 0; i < sums.length; i++) {
                int channel = i % bias.length;
                float weightScale = weightScales[weightScales.length == 1 ? 0 : channel];
                double product = fullyConnected && weightScales.length == 1
                        ? (double) (inScale * weightScale)
                        : (double) inScale * (double) weightScale;
                var scaling = ExactScaling.of(product / (double) outScale);
                var sum = BigInteger.valueOf(sums[i]).add(BigInteger.valueOf(bias[channel]));
                var scaled = wraps()
                        ? scaling.apply(rounding, BigInteger.valueOf(sum.intValue()))
                        : scaling.applyToLong(sum);
                expected[i] = clamped(scaled, activation, outScale);
            }
            return expected;
        }
    }

    @ParameterizedTest
    @EnumSource
    void convolutionsEqualTheirDefinition(Bias bias) {
        SeededCases.forEach(1, CASES, (random, _) -> convolution(random, bias, false));
    }

    @ParameterizedTest
    @EnumSource(names = "INT32", mode = EnumSource.Mode.EXCLUDE)
    void depthwiseConvolutionsEqualTheirDefinition(Bias bias) {
        SeededCases.forEach(1, CASES, (random, _) -> convolution(random, bias, true));
    }

    private static void convolution(SplittableRandom random, Bias bias, boolean depthwise) throws ModelException {
        int[] shape = TfliteOperator.shape(random, 4, 6);
        int[] kernel = {random.nextInt(1, 4), random.nextInt(1, 4)};
        int[] stride = {random.nextInt(1, 3), random.nextInt(1, 3)};
        int[] dilation = {random.nextInt(1, 3), random.nextInt(1, 3)};
        int padding = random.nextInt(2);
        int multiplier = random.nextInt(1, 4);
        int units = depthwise ? shape[3] * multiplier : random.nextInt(1, 7);
        int[] before = new int[2];
        int[] outputShape = {shape[0], 0, 0, units};
        for (int d = 0; d < 2; d++) {
            int extent = (kernel[d] - 1) * dilation[d] + 1;
            int in = shape[d + 1];
            int out = padding == SAME ? (in + stride[d] - 1) / stride[d] : (in - extent) / stride[d] + 1;
            if (padding != SAME && in < extent) {
                return;
            }
            before[d] = padding == SAME ? Math.max((out - 1) * stride[d] + extent - in, 0) / 2 : 0;
            outputShape[d + 1] = out;
        }
        int[] filterShape = depthwise
                ? new int[] {1, kernel[0], kernel[1], units}
                : new int[] {units, kernel[0], kernel[1], shape[3]};
        var product = new Product(random, elements(filterShape), units, bias, false);
        short[] in = shorts(random, elements(shape));

        long[] sums = new long[elements(outputShape)];
        for (int i = 0; i < sums.length; i++) {
            int[] at = coordinates(outputShape, i);
            for (int k = 0; k < product.weights.length; k++) {
                int[] w = coordinates(filterShape, k);
                int y = at[1] * stride[0] - before[0] + w[1] * dilation[0];
                int x = at[2] * stride[1] - before[1] + w[2] * dilation[1];
                if (w[depthwise ? 3 : 0] == at[3] && y >= 0 && y < shape[1] && x >= 0 && x < shape[2]) {
                    int channel = depthwise ? at[3] / multiplier : w[3];
                    sums[i] += (long) in[element(shape, at[0], y, x, channel)] * product.weights[k];
                }
            }
        }
        product.fit(random, sums);

        var writer = new TfliteWriter();
        int input = writer.activation16(product.inScale, shape);
        int filter = product.writeWeights(writer, depthwise ? 3 : 0, filterShape);
        int output = writer.activation16(product.outScale, outputShape);
        byte activation = (byte) product.activation;
        var options = depthwise
                ? table((byte) padding, stride[1], stride[0], multiplier, activation, dilation[1], dilation[0])
                : table((byte) padding, stride[1], stride[0], activation, dilation[1], dilation[0]);
        int[] ins = product.inputs(writer, input, filter);
        byte[] file = (depthwise
                        ? writer.operator(4, 5, 2, options, ins, output)
                        : writer.operator(3, 8, 1, options, ins, output))
                .ports(new int[] {input}, new int[] {output})
                .toBytes();
        assertThat(run(file, product.rounding, in))
                .as("%s to %s", Arrays.toString(shape), Arrays.toString(outputShape))
                .isEqualTo(product.expected(sums));
    }

    @ParameterizedTest
    @EnumSource(names = "INT32", mode = EnumSource.Mode.EXCLUDE)
    void transposedConvolutionsEqualTheirDefinition(Bias bias) {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int[] shape = TfliteOperator.shape(random, 4, 5);
            int[] kernel = {random.nextInt(1, 5), random.nextInt(1, 5)};
            int[] stride = {random.nextInt(1, 4), random.nextInt(1, 4)};
            int padding = random.nextInt(2);
            int units = random.nextInt(1, 7);
            int[] filterShape = {units, kernel[0], kernel[1], shape[3]};
            int[] before = new int[2];
            int[] outputShape = {shape[0], 0, 0, units};
            for (int d = 0; d < 2; d++) {
                int in = shape[d + 1];
                int out = padding == SAME ? in * stride[d] : (in - 1) * stride[d] + kernel[d];
                before[d] = padding == SAME ? Math.max((in - 1) * stride[d] + kernel[d] - out, 0) / 2 : 0;
                outputShape[d + 1] = out;
            }
            var product = new Product(random, elements(filterShape), units, bias, false);
            short[] in = shorts(random, elements(shape));
            long[] sums = new long[elements(outputShape)];
            for (int i = 0; i < in.length; i++) {
                int[] at = coordinates(shape, i);
                for (int k = 0; k < product.weights.length; k++) {
                    int[] w = coordinates(filterShape, k);
                    int y = at[1] * stride[0] - before[0] + w[1];
                    int x = at[2] * stride[1] - before[1] + w[2];
                    if (w[3] == at[3] && y >= 0 && y < outputShape[1] && x >= 0 && x < outputShape[2]) {
                        sums[element(outputShape, at[0], y, x, w[0])] += (long) in[i] * product.weights[k];
                    }
                }
            }
            product.fit(random, sums);

            var writer = new TfliteWriter();
            int shapeId = writer.ints(outputShape);
            int input = writer.activation16(product.inScale, shape);
            int filter = product.writeWeights(writer, 0, filterShape);
            int output = writer.activation16(product.outScale, outputShape);
            int[] ins = product.inputs(writer, input, filter);
            ins[0] = filter;
            ins[1] = input;
            int[] all = new int[ins.length + 1];
            all[0] = shapeId;
            System.arraycopy(ins, 0, all, 1, ins.length);
            byte[] file = writer.operator(
                            67,
                            4,
                            49,
                            table((byte) padding, stride[1], stride[0], (byte) product.activation),
                            all,
                            output)
                    .ports(new int[] {input}, new int[] {output})
                    .toBytes();
            assertThat(run(file, product.rounding, in))
                    .as("%s to %s", Arrays.toString(shape), Arrays.toString(outputShape))
                    .isEqualTo(product.expected(sums));
        });
    }

    @ParameterizedTest
    @EnumSource
    void fullyConnectedLayersEqualTheirDefinition(Bias bias) {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int rows = random.nextInt(1, 4);
            int units = random.nextInt(1, 6);
            int depth = random.nextInt(4) == 0 ? random.nextInt(250, 800) : random.nextInt(1, 40);
            var product = new Product(random, units * depth, units, bias, true);
            short[] in = shorts(random, rows * depth);
            long[] sums = new long[rows * units];
            for (int i = 0; i < sums.length; i++) {
                for (int k = 0; k < depth; k++) {
                    sums[i] += (long) in[i / units * depth + k] * product.weights[i % units * depth + k];
                }
            }
            product.fit(random, sums);

            var writer = new TfliteWriter();
            int input = writer.activation16(product.inScale, rows, depth);
            int weights = product.writeWeights(writer, 0, units, depth);
            int output = writer.activation16(product.outScale, rows, units);
            byte[] file = writer.operator(
                            9, 7, 8, table((byte) product.activation), product.inputs(writer, input, weights), output)
                    .ports(new int[] {input}, new int[] {output})
                    .toBytes();
            assertThat(run(file, product.rounding, in)).isEqualTo(product.expected(sums));
            var report = ModelReport.of(TfliteReader.read(file, "costs"));
            assertThat(report.macs()).isEqualTo((long) rows * units * depth);
            assertThat(report.tensors().get(input).bytes()).isEqualTo(2 * rows * depth);
        });
    }

    @Test
    void scalingOfLongsEqualsItsDefinition() {
        SeededCases.forEach(1, 20_000, (random, _) -> {
            long value = switch (random.nextInt(3)) {
                case 0 -> random.nextLong(-LongScaling.VALUE_LIMIT + 1, LongScaling.VALUE_LIMIT);
                case 1 -> random.nextInt();
                default -> (LongScaling.VALUE_LIMIT - 1 - random.nextInt(3)) * (random.nextBoolean() ? 1 : -1);
            };
            int multiplier = random.nextBoolean()
                    ? random.nextInt(1 << 30, Integer.MAX_VALUE)
                    : 0x7FFF0000 + random.nextInt(-40_000, 0xFFFF);
            int shift = random.nextInt(-31, LongScaling.SHIFT_MAX + 1);
            var expected = new ExactScaling(BigInteger.valueOf(multiplier), shift);
            assertThat(LongScaling.scale(value, multiplier, shift))
                    .as("%d * %d, shift %d", value, multiplier, shift)
                    .isEqualTo(expected.applyToLong(BigInteger.valueOf(value)).intValueExact());
        });
        assertThat(LongScaling.scale(-5, 0, 0)).isZero();
    }

    private static int[] narrowed(SplittableRandom random, int[] shape) {
        int[] narrowed = Arrays.copyOfRange(shape, random.nextInt(shape.length + 1), shape.length);
        for (int d = 0; d < narrowed.length; d++) {
            narrowed[d] = random.nextInt(3) == 0 ? 1 : narrowed[d];
        }
        return narrowed;
    }

    private static BigInteger broadcast(short[] values, int[] shape, int[] at) {
        int[] own = new int[shape.length];
        for (int d = 0; d < shape.length; d++) {
            own[d] = shape[d] == 1 ? 0 : at[at.length - shape.length + d];
        }
        return BigInteger.valueOf(values[element(shape, own)]);
    }

    @ParameterizedTest
    @EnumSource
    void pairsEqualTheirDefinition(PairwiseTest.Kind kind) {
        SeededCases.forEach(1, CASES, (random, _) -> {
            // Many, so that some land where the last bit of a summand decides.
            int[] shape =
                    random.nextInt(4) == 0 ? new int[] {4000} : TfliteOperator.shape(random, random.nextInt(1, 5), 5);
            int[] rightShape = random.nextBoolean() ? shape : narrowed(random, shape);
            short[] left = shorts(random, elements(shape));
            short[] right = shorts(random, elements(rightShape));
            boolean constant = random.nextInt(3) == 0;
            float leftScale = (float) random.nextDouble(1e-5, 0.01);
            float rightScale = (float) random.nextDouble(1e-5, 0.01);
            float out = kind == PairwiseTest.Kind.MUL
                    ? (float) (leftScale * rightScale * random.nextDouble(2, 60_000))
                    : (float) ((leftScale + rightScale) * random.nextDouble(0.3, 2));
            int activation = random.nextInt(4);
            var rounding = TfliteOperator.rounding(random);

            var writer = new TfliteWriter();
            int leftId = writer.activation16(leftScale, shape);
            int rightId = writer.tensor(
                    rightShape,
                    7,
                    constant ? writer.buffer(littleEndian(right)) : 0,
                    new float[] {rightScale},
                    new long[1]);
            int output = writer.activation16(out, shape);
            int version = kind == PairwiseTest.Kind.ADD ? 3 : kind == PairwiseTest.Kind.SUB ? 5 : 4;
            byte[] file = writer.operator(
                            kind.builtin(),
                            version,
                            kind.optionsType(),
                            table((byte) activation, (byte) 0),
                            new int[] {leftId, rightId},
                            output)
                    .ports(constant ? new int[] {leftId} : new int[] {leftId, rightId}, new int[] {output})
                    .toBytes();

            double common = 2 * Math.max((double) leftScale, (double) rightScale);
            short[] expected = new short[elements(shape)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(shape, i);
                var x = broadcast(left, shape, at);
                var y = broadcast(right, rightShape, at);
                BigInteger value;
                if (kind == PairwiseTest.Kind.MUL) {
                    double factor = (double) leftScale * (double) rightScale / (double) out;
                    value = ExactScaling.of(factor).apply(rounding, x.multiply(y));
                } else {
                    var a = ExactScaling.of(leftScale / common).apply(rounding, x.shiftLeft(15));
                    var b = ExactScaling.of(rightScale / common).apply(rounding, y.shiftLeft(15));
                    value = ExactScaling.of(common / ((1 << 15) * (double) out))
                            .apply(rounding, kind == PairwiseTest.Kind.ADD ? a.add(b) : a.subtract(b));
                }
                expected[i] = clamped(value, activation, out);
            }
            assertThat(constant ? run(file, rounding, left) : run(file, rounding, left, right))
                    .isEqualTo(expected);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 17})
    void poolsEqualTheirDefinition(int builtin) {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int[] shape = TfliteOperator.shape(random, 4, 6);
            int[] kernel = {random.nextInt(1, 4), random.nextInt(1, 4)};
            int[] stride = {random.nextInt(1, 3), random.nextInt(1, 3)};
            int[] before = new int[2];
            int[] outputShape = shape.clone();
            for (int d = 0; d < 2; d++) {
                int out = (shape[d + 1] + stride[d] - 1) / stride[d];
                before[d] = Math.max((out - 1) * stride[d] + kernel[d] - shape[d + 1], 0) / 2;
                outputShape[d + 1] = out;
            }
            short[] in = shorts(random, elements(shape));
            float scale = (float) random.nextDouble(1e-4, 0.01);
            int activation = random.nextInt(4);

            short[] expected = new short[elements(outputShape)];
            for (int i = 0; i < expected.length; i++) {
                int[] at = coordinates(outputShape, i);
                long count = 0;
                long sum = 0;
                long max = Short.MIN_VALUE;
                for (int k = 0; k < kernel[0] * kernel[1]; k++) {
                    int y = at[1] * stride[0] - before[0] + k / kernel[1];
                    int x = at[2] * stride[1] - before[1] + k % kernel[1];
                    if (y >= 0 && y < shape[1] && x >= 0 && x < shape[2]) {
                        long value = in[element(shape, at[0], y, x, at[3])];
                        count++;
                        sum += value;
                        max = Math.max(max, value);
                    }
                }
                // Half away from zero.
                long mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
                expected[i] = clamped(BigInteger.valueOf(builtin == 1 ? mean : max), activation, scale);
            }
            var writer = new TfliteWriter();
            int input = writer.activation16(scale, shape);
            int output = writer.activation16(scale, outputShape);
            var options = table((byte) SAME, stride[1], stride[0], kernel[1], kernel[0], (byte) activation);
            byte[] file = writer.operator(builtin, 3, 5, options, new int[] {input}, output)
                    .toBytes();
            assertThat(run(file, Rounding.DOUBLE, in)).isEqualTo(expected);
        });
    }

    /** RELU, RELU6 and LEAKY_RELU; QUANTIZE in int16. */
    @ParameterizedTest
    @ValueSource(ints = {19, 21, 98, 114})
    void functionsEqualTheirDefinition(int builtin) {
        SeededCases.forEach(1, CASES, (random, _) -> {
            short[] in = shorts(random, random.nextInt(1, 40));
            float inScale = (float) random.nextDouble(1e-4, 0.01);
            float outScale = (float) (inScale * Math.exp(random.nextDouble(-3, 3)));
            float alpha = (float) random.nextDouble(1.5);
            var rounding = TfliteOperator.rounding(random);
            var writer = new TfliteWriter();
            int input = writer.activation16(inScale, in.length);
            int output = writer.activation16(outScale, in.length);
            int optionsType = builtin == 98 ? 75 : builtin == 114 ? 89 : 0;
            byte[] file = writer.operator(
                            builtin,
                            builtin == 98 || builtin == 114 ? 2 : 3,
                            optionsType,
                            builtin == 98 ? table(alpha) : table(),
                            new int[] {input},
                            output)
                    .toBytes();
            short[] expected = new short[in.length];
            for (int i = 0; i < in.length; i++) {
                double factor = builtin == 114
                        ? (double) inScale / (double) outScale
                        : builtin == 98 && in[i] < 0 ? inScale * alpha / outScale : inScale / outScale;
                int activation = builtin == 19 ? 1 : builtin == 21 ? 3 : 0;
                expected[i] = clamped(
                        ExactScaling.of(factor).apply(rounding, BigInteger.valueOf(in[i])), activation, outScale);
            }
            assertThat(run(file, rounding, in)).isEqualTo(expected);
        });
    }

    @Test
    void valuesGoFromOneTypeToAnother() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int count = random.nextInt(1, 40);
            byte[] narrow = TfliteOperator.bytes(random, count);
            short[] wide = shorts(random, count);
            int zero = TfliteOperator.zeroPoint(random);
            float narrowScale = (float) random.nextDouble(0.01, 0.1);
            float wideScale = (float) random.nextDouble(1e-5, 1e-3);
            var rounding = TfliteOperator.rounding(random);
            var widen = new TfliteWriter();
            widen.activation(narrowScale, zero, count);
            widen.activation16(wideScale, count);
            var narrowing = new TfliteWriter();
            narrowing.activation16(wideScale, count);
            narrowing.activation(narrowScale, zero, count);
            short[] widened = new short[count];
            byte[] narrowed = new byte[count];
            for (int i = 0; i < count; i++) {
                widened[i] = clamped(
                        ExactScaling.of((double) narrowScale / (double) wideScale)
                                .apply(rounding, BigInteger.valueOf(narrow[i] - zero)),
                        0,
                        wideScale);
                narrowed[i] = ExactScaling.clamped(
                        ExactScaling.of((double) wideScale / (double) narrowScale)
                                .apply(rounding, BigInteger.valueOf(wide[i])),
                        zero);
            }
            byte[] widenFile =
                    widen.operator(114, 2, 89, table(), new int[] {0}, 1).toBytes();
            assertThat(fromLittleEndian(TfliteOperator.run(widenFile, rounding, narrow)))
                    .isEqualTo(widened);
            byte[] narrowFile =
                    narrowing.operator(114, 2, 89, table(), new int[] {0}, 1).toBytes();
            assertThat(TfliteOperator.run(narrowFile, rounding, littleEndian(wide)))
                    .isEqualTo(narrowed);
        });
    }

    @Test
    void realNumbersComeAndGo() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int count = random.nextInt(1, 40);
            float scale = (float) random.nextDouble(1e-5, 1e-3);
            var writer = new TfliteWriter();
            writer.tensor(new int[] {count}, 0, 0, new float[0], new long[0]);
            writer.activation16(scale, count);
            writer.tensor(new int[] {count}, 0, 0, new float[0], new long[0]);
            byte[] file = writer.operator(114, 2, 89, table(), new int[] {0}, 1)
                    .operator(6, 3, 38, table(), new int[] {1}, 2)
                    .ports(new int[] {0}, new int[] {1, 2})
                    .toBytes();
            var in = ByteBuffer.allocate(Float.BYTES * count).order(ByteOrder.LITTLE_ENDIAN);
            var expected =
                    ByteBuffer.allocate((Short.BYTES + Float.BYTES) * count).order(ByteOrder.LITTLE_ENDIAN);
            short[] steps = new short[count];
            for (int i = 0; i < count; i++) {
                float value = random.nextInt(9) == 0
                        ? Float.POSITIVE_INFINITY * (random.nextBoolean() ? 1 : -1)
                        : (float) (random.nextDouble(-40_000, 40_000) * scale);
                in.putFloat(value);
                float quotient = value / scale;
                steps[i] = (short) Math.clamp(
                        Math.signum(quotient) * Math.floor(Math.abs((double) quotient) + 0.5), -32768, 32767);
                expected.putShort(steps[i]);
            }
            for (short step : steps) {
                expected.putFloat((float) ((double) scale * step));
            }
            assertThat(TfliteOperator.run(file, Rounding.DOUBLE, in.array())).isEqualTo(expected.array());
        });
    }

    /** Moved elements stay whole, and what stands around an image means 0. */
    @Test
    void valuesAreMovedWhole() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int[] shape = TfliteOperator.shape(random, 3, 5);
            int[] order = TfliteOperator.permutation(random, 3);
            int[] paddings = random.ints(6, 0, 3).toArray();
            int[] moved = new int[3];
            int[] padded = new int[3];
            for (int d = 0; d < 3; d++) {
                moved[d] = shape[order[d]];
                padded[d] = paddings[2 * d] + moved[d] + paddings[2 * d + 1];
            }
            var writer = new TfliteWriter();
            int input = writer.activation16(0.01f, shape);
            int orderId = writer.ints(order);
            int turned = writer.activation16(0.01f, moved);
            int paddingsId =
                    writer.tensor(new int[] {3, 2}, 2, writer.buffer(ints(paddings)), new float[0], new long[0]);
            int surrounded = writer.activation16(0.01f, padded);
            int flat = writer.activation16(0.01f, elements(padded));
            byte[] file = writer.operator(39, 5, 26, table(), new int[] {input, orderId}, turned)
                    .operator(34, 3, 22, table(), new int[] {turned, paddingsId}, surrounded)
                    .operator(22, 1, 17, table(), new int[] {surrounded}, flat)
                    .ports(new int[] {input}, new int[] {flat})
                    .toBytes();
            short[] in = shorts(random, elements(shape));
            short[] expected = new short[elements(padded)];
            for (int i = 0; i < in.length; i++) {
                int[] at = coordinates(shape, i);
                int[] to = new int[3];
                for (int d = 0; d < 3; d++) {
                    to[d] = at[order[d]] + paddings[2 * d];
                }
                expected[element(padded, to)] = in[i];
            }
            assertThat(run(file, Rounding.DOUBLE, in)).isEqualTo(expected);
        });
    }

    private static byte[] ints(int... values) {
        var bytes = ByteBuffer.allocate(Integer.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(values);
        return bytes.array();
    }

    @Test
    void theArenaHasThemAtEvenOffsets() throws Exception {
        var writer = new TfliteWriter();
        int odd = writer.activation(0.5f, 3, 3);
        int first = writer.activation16(0.5f, 3);
        int other = writer.activation(0.5f, 3, 3);
        int second = writer.activation16(0.25f, 3);
        var graph = TfliteReader.read(
                writer.operator(114, 2, 89, table(), new int[] {odd}, first)
                        .operator(114, 2, 89, table(), new int[] {first}, other)
                        .operator(114, 2, 89, table(), new int[] {other}, second)
                        .ports(new int[] {odd}, new int[] {first, other, second})
                        .toBytes(),
                "mixed");
        assertThat(graph.plan().offset(first)).isEven();
        assertThat(graph.plan().offset(second)).isEven();
        assertThat(ModelReport.of(graph).liveSetBytes()).isEqualTo(3 + 6 + 6);
    }
}
