package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.SeededCases;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LOGISTIC, TANH and SOFTMAX of int16: tables from 60 digits, and the reference's use of them in exact numbers. */
class Int16FunctionTest {
    private static final int LOGISTIC = 14;
    private static final int TANH = 28;
    private static final int CASES = 300;
    private static final float UNIT = 1f / 32_768;
    private static final BigDecimal TWO = BigDecimal.TWO;

    /** The check sum is that of the 256 numbers that TensorFlow Lite lists, as little-endian 16-bit integers. */
    @Test
    void theTableOfSigmoidsIsThatOfTheReference() {
        var bytes = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(ExactSigmoid.table()).forEach(value -> bytes.putShort((short) value));
        var sum = new CRC32();
        sum.update(bytes.array());
        assertThat(sum.getValue()).isEqualTo(0xB84F6AB4L);
    }

    /** The argument in 12288ths: by 15 bits of the scale, or in full where that is one of these powers of two. */
    private static BigInteger argument(int builtin, float scale, int value) {
        var x = BigDecimal.valueOf(value);
        for (int power = -12; power <= (builtin == TANH ? -11 : -12); power++) {
            if (Math.abs(Math.log(scale) / Math.log(2) - power) < 1e-3) {
                return x.multiply(BigDecimal.valueOf(3L << (power + 12))).toBigIntegerExact();
            }
        }
        var factor = new BigDecimal(scale).multiply(BigDecimal.valueOf(12_288));
        int bits = 0;
        while (bits < 31 && factor.compareTo(new BigDecimal("16383.5")) <= 0) {
            factor = factor.multiply(TWO);
            bits++;
        }
        var product = new BigDecimal(factor.toBigInteger()).multiply(x);
        return BigInteger.valueOf(ExactReals.roundUp(product.divide(BigDecimal.valueOf(1L << bits))));
    }

    private static short expected(int builtin, BigInteger argument) {
        return builtin == LOGISTIC ? ExactSigmoid.logistic(argument) : ExactSigmoid.tanh(argument);
    }

    private static float sigmoidScale(SplittableRandom random) {
        return switch (random.nextInt(5)) {
            case 0 -> 0x1p-12f;
            case 1 -> 0x1p-11f;
            case 2 -> (float) (Math.scalb(1.0, -random.nextInt(10, 14)) * random.nextDouble(0.999, 1.001));
            case 3 -> (float) Math.exp(random.nextDouble(Math.log(1e-12), Math.log(2.6)));
            default -> (float) Math.exp(random.nextDouble(Math.log(1e-5), Math.log(1e-2)));
        };
    }

    private static byte[] functionFile(int builtin, float scale, int count) {
        var writer = new TfliteWriter();
        int input = writer.activation16(scale, count);
        int output = writer.activation16(UNIT, count);
        return writer.operator(builtin, 3, 0, table(), new int[] {input}, output)
                .toBytes();
    }

    @ParameterizedTest
    @ValueSource(ints = {LOGISTIC, TANH})
    void sigmoidsEqualTheirDefinition(int builtin) {
        SeededCases.forEach(1, CASES, (random, _) -> {
            float scale = sigmoidScale(random);
            short[] in = Int16Values.shorts(random, random.nextInt(1, 60));
            short[] expected = new short[in.length];
            for (int i = 0; i < in.length; i++) {
                expected[i] = expected(builtin, argument(builtin, scale, in[i]));
            }
            byte[] file = functionFile(builtin, scale, in.length);
            assertThat(Int16Values.run(file, TfliteOperator.rounding(random), in))
                    .as("scale %s", scale)
                    .isEqualTo(expected);
        });
    }

    private static short[] allValues() {
        short[] all = new short[1 << 16];
        for (int i = 0; i < all.length; i++) {
            all[i] = (short) (i + Short.MIN_VALUE);
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {LOGISTIC, TANH})
    void sigmoidsOfAllValuesAreNearTheRealOnes(int builtin) throws Exception {
        for (float scale : new float[] {0x1p-12f, 0x1p-11f, 0x1p-13f, 2.9e-4f, 5e-5f}) {
            short[] in = allValues();
            short[] found = Int16Values.run(functionFile(builtin, scale, in.length), Rounding.DOUBLE, in);
            for (int i = 0; i < in.length; i++) {
                assertThat(found[i]).isEqualTo(expected(builtin, argument(builtin, scale, in[i])));
                double x = in[i] * (double) scale;
                double real = builtin == TANH ? Math.tanh(x) : 1 / (1 + Math.exp(-x));
                assertThat((double) found[i]).isCloseTo(32_768 * real, within(4.0));
            }
        }
    }

    /** A function as 513 values, in 2^-15, each lowered by half of what the line to the next is too high. */
    private static int[] exactCurve(Function<BigDecimal, BigDecimal> function) {
        int[] curve = new int[513];
        var unit = BigDecimal.valueOf(32_768);
        for (int i = 0; i < 513; i++) {
            var here = ExactReals.round(function.apply(ExactReals.ratio(i, 512)).multiply(unit));
            var bias = BigDecimal.ZERO;
            if (i < 512) {
                var middle = ExactReals.round(
                        function.apply(ExactReals.ratio(2 * i + 1, 1024)).multiply(unit));
                var next = function.apply(ExactReals.ratio(i + 1, 512)).multiply(unit);
                bias = ExactReals.round(ExactReals.round(ExactReals.mean(next, here))
                        .subtract(middle)
                        .divide(TWO));
            }
            curve[i] = here.subtract(bias).min(unit.subtract(BigDecimal.ONE)).intValueExact();
        }
        return curve;
    }

    /** The same in the reference's own float32 steps, whose errors decide ties. */
    private static int[] curve(float low, float high, Function<Float, Float> function) {
        int[] curve = new int[513];
        float step = (high - low) / 512;
        for (int i = 0; i < 513; i++) {
            float here = rounded(function.apply(low + i * step) * 32_768);
            float bias = 0;
            if (i < 512) {
                float middle = rounded(function.apply(low + i * step + step / 2) * 32_768);
                float next = function.apply(low + (i + 1) * step) * 32_768;
                bias = rounded((rounded((next + here) / 2) - middle) / 2);
            }
            curve[i] = (int) Math.min(here - bias, 32_767);
        }
        return curve;
    }

    private static float rounded(float value) {
        return ExactReals.round(new BigDecimal(value)).floatValue();
    }

    private static int[] exponentials() {
        return curve(
                10f / 65_535 * -65_535,
                0,
                x -> ExactReals.exp(new BigDecimal(x)).floatValue());
    }

    private static int[] reciprocals() {
        return curve(0, 1f / 65_535 * 65_535, x -> 1 / (1 + x));
    }

    @Test
    void curvesInFloat32AreWithinOneStepOfTheExactOnes() {
        assertOneStepApart(
                exponentials(),
                exactCurve(x -> ExactReals.exp(x.subtract(BigDecimal.ONE).multiply(BigDecimal.TEN))));
        assertOneStepApart(
                reciprocals(), exactCurve(x -> BigDecimal.ONE.divide(x.add(BigDecimal.ONE), ExactReals.DIGITS)));
    }

    private static void assertOneStepApart(int[] found, int[] exact) {
        for (int i = 0; i < exact.length; i++) {
            assertThat(found[i]).isCloseTo(exact[i], within(1));
        }
    }

    /** @param position 0 .. 65535 */
    private static long on(int[] curve, long position) {
        int entry = (int) (position / 128);
        long slope = (long) curve[entry + 1] - curve[entry];
        return curve[entry] + ExactReals.roundUp(ExactReals.ratio(slope * (position % 128), 128));
    }

    private static short[] softmax(
            int[] exponentials, int[] reciprocals, float beta, float scale, Rounding rounding, short[] row) {
        int max = IntStream.range(0, row.length).map(i -> row[i]).max().orElseThrow();
        var factor = ExactScaling.of((double) scale * (double) beta / (10.0 / 65535.0));
        long[] exponentialsOfRow = new long[row.length];
        long sum = 0;
        for (int i = 0; i < row.length; i++) {
            long below =
                    factor.apply(rounding, BigInteger.valueOf(row[i] - max)).longValueExact();
            exponentialsOfRow[i] = on(exponentials, Math.max(65_535 + below, 0));
            sum += exponentialsOfRow[i];
        }
        long power = Long.highestOneBit(sum);
        long fraction = ExactReals.roundUp(ExactReals.ratio((sum - power) << 16, power));
        long reciprocal = on(reciprocals, Math.min(fraction, 65_535));
        short[] out = new short[row.length];
        for (int i = 0; i < row.length; i++) {
            long value = ExactReals.roundUp(new BigDecimal(BigInteger.valueOf(exponentialsOfRow[i] * reciprocal))
                    .divide(BigDecimal.valueOf(power), ExactReals.DIGITS));
            out[i] = (short) Math.min(value, Short.MAX_VALUE);
        }
        return out;
    }

    @Test
    void softmaxEqualsItsDefinitionInBothRoundings() {
        int[] exponentials = exponentials();
        int[] reciprocals = reciprocals();
        SeededCases.forEach(1, CASES, (random, number) -> {
            int rows = random.nextInt(1, 5);
            int depth = number == 1 ? 2000 : random.nextInt(1, 40);
            float scale = (float) Math.exp(random.nextDouble(Math.log(1e-6), Math.log(0.5)));
            float beta = random.nextBoolean() ? 1 : (float) random.nextDouble(0.1, 9);
            var rounding = TfliteOperator.rounding(random);
            short[] in = Int16Values.shorts(random, rows * depth);
            var writer = new TfliteWriter();
            int input = writer.activation16(scale, rows, depth);
            int output = writer.activation16(UNIT, rows, depth);
            byte[] file = writer.operator(25, 3, 9, table(beta), new int[] {input}, output)
                    .toBytes();
            short[] found = Int16Values.run(file, rounding, in);
            for (int r = 0; r < rows; r++) {
                short[] row = Arrays.copyOfRange(in, r * depth, (r + 1) * depth);
                short[] foundRow = Arrays.copyOfRange(found, r * depth, (r + 1) * depth);
                assertThat(foundRow)
                        .as("scale %s, beta %s, %s", scale, beta, Arrays.toString(row))
                        .isEqualTo(softmax(exponentials, reciprocals, beta, scale, rounding, row));
                assertNearTheRealOne(row, (double) beta * scale, foundRow);
            }
        });
    }

    /** What is far below the largest value still counts as up to 2 steps of the exponential. */
    private static void assertNearTheRealOne(short[] row, double scale, short[] found) {
        double max = IntStream.range(0, row.length).map(i -> row[i]).max().orElseThrow();
        double[] real = new double[row.length];
        double sum = 0;
        for (int i = 0; i < row.length; i++) {
            real[i] = Math.exp((row[i] - max) * scale);
            sum += real[i];
        }
        for (int i = 0; i < row.length; i++) {
            assertThat((double) found[i]).isCloseTo(32_768 * real[i] / sum, within(16 + 2.0 * row.length));
        }
    }
}
