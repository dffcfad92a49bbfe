package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.SeededCases;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Functions of one int8 value, over all 256 of them, against their definitions in unbounded numbers. */
class Int8FunctionTest {
    private static final int DEQUANTIZE = 6;
    private static final int LOGISTIC = 14;
    private static final int RELU = 19;
    private static final int RELU_N1_TO_1 = 20;
    private static final int RELU6 = 21;
    private static final int TANH = 28;
    private static final int LEAKY_RELU = 98;
    private static final int QUANTIZE = 114;
    private static final int HARD_SWISH = 117;
    private static final int CASES = 300;
    private static final BigInteger TWO = BigInteger.TWO;
    private static final BigInteger ONE_Q31 = TWO.pow(31);

    private static final byte[] EVERY_VALUE = new byte[256];

    static {
        for (int i = 0; i < 256; i++) {
            EVERY_VALUE[i] = (byte) (i + Byte.MIN_VALUE);
        }
    }

    private record Scales(float input, int inputZero, float output, int outputZero) {}

    private static byte[] run(
            Rounding rounding, int builtin, int optionsType, TfliteWriter.Table options, Scales scales)
            throws Exception {
        var writer = new TfliteWriter();
        int input = writer.activation(scales.input, scales.inputZero, 256);
        int output = writer.activation(scales.output, scales.outputZero, 256);
        writer.operator(builtin, 1, optionsType, options, new int[] {input}, output);
        return TfliteOperator.run(writer.toBytes(), rounding, EVERY_VALUE);
    }

    /** @param function of the value without its zero point */
    private static byte[] expected(Scales scales, IntFunction<Byte> function) {
        byte[] expected = new byte[256];
        for (int i = 0; i < 256; i++) {
            expected[i] = function.apply(EVERY_VALUE[i] - scales.inputZero);
        }
        return expected;
    }

    private static void assertCloseTo(byte[] found, Scales scales, double steps, DoubleUnaryOperator real) {
        for (int i = 0; i < 256; i++) {
            double x = (EVERY_VALUE[i] - scales.inputZero) * (double) scales.input;
            double y = Math.clamp(real.applyAsDouble(x) / scales.output + scales.outputZero, -128, 127);
            assertThat((double) found[i]).as("of %s", x).isBetween(y - steps, y + steps);
        }
    }

    /** An output scale; often one for which some input lies next to the middle between two outputs. */
    private static float outputScale(SplittableRandom random, float in) {
        return switch (random.nextInt(3)) {
            case 0 -> in;
            case 1 -> in * (float) random.nextDouble(0.02, 50);
            default -> in * random.nextInt(1, 256) / (random.nextInt(128) + 0.5f);
        };
    }

    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }

    private static int bound(float real, float scale, int zeroPoint) {
        var steps = new BigDecimal(real / scale).setScale(0, RoundingMode.HALF_UP);
        return steps.add(BigDecimal.valueOf(zeroPoint))
                .max(BigDecimal.valueOf(-128))
                .min(BigDecimal.valueOf(127))
                .intValueExact();
    }

    @Test
    void clampsAreTheInputOnTheOutputsScale() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            float in = TfliteOperator.scale(random);
            float out = outputScale(random, in);
            var s = new Scales(in, TfliteOperator.zeroPoint(random), out, TfliteOperator.zeroPoint(random));
            var rounding = TfliteOperator.rounding(random);
            var factor = ExactScaling.of(s.input / s.output);
            int zero = Math.clamp(s.outputZero, -128, 127);
            int[][] kinds = {
                {RELU, zero, 127},
                {RELU6, zero, bound(6, out, s.outputZero)},
                {RELU_N1_TO_1, bound(-1, out, s.outputZero), bound(1, out, s.outputZero)}
            };
            for (int[] kind : kinds) {
                assertThat(run(rounding, kind[0], 0, table(), s))
                        .isEqualTo(expected(
                                s,
                                x -> ExactScaling.clamped(
                                        factor.apply(rounding, big(x)), s.outputZero, kind[1], kind[2])));
            }
        });
    }

    @Test
    void quantizingInt8IsTheInputOnTheOutputsScale() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            float in = TfliteOperator.scale(random);
            float out = outputScale(random, in);
            var s = new Scales(in, TfliteOperator.zeroPoint(random), out, TfliteOperator.zeroPoint(random));
            var rounding = TfliteOperator.rounding(random);
            var factor = ExactScaling.of((double) in / (double) out);
            byte[] found = run(rounding, QUANTIZE, 89, table(), s);
            assertThat(found)
                    .isEqualTo(expected(s, x -> ExactScaling.clamped(factor.apply(rounding, big(x)), s.outputZero)));
            // Double rounding can round a quarter to a half first.
            assertCloseTo(found, s, 0.76, x -> x);
        });
    }

    @Test
    void leakyReluScalesNegativeValuesByAlpha() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            float in = TfliteOperator.scale(random);
            float out = outputScale(random, in);
            var s = new Scales(in, TfliteOperator.zeroPoint(random), out, TfliteOperator.zeroPoint(random));
            float alpha = random.nextInt(5) == 0 ? 0 : (float) random.nextDouble(0, 1.5);
            var rounding = TfliteOperator.rounding(random);
            var identity = ExactScaling.of(in / out);
            var leak = alpha == 0 ? new ExactScaling(BigInteger.ZERO, 0) : ExactScaling.of(in * alpha / out);
            byte[] found = run(rounding, LEAKY_RELU, 75, table(alpha), s);
            assertThat(found)
                    .isEqualTo(expected(
                            s,
                            x -> ExactScaling.clamped(
                                    (x >= 0 ? identity : leak).apply(rounding, big(x)), s.outputZero)));
            assertCloseTo(found, s, 0.76, x -> x >= 0 ? x : alpha * x);
        });
    }

    // Fixed point, written with unbounded integers: Q0.31 unless told otherwise.

    private static BigInteger highMul(BigInteger a, BigInteger b) {
        return ExactScaling.floor(a.multiply(b).add(TWO.pow(30)), 31);
    }

    private static BigInteger saturated(BigInteger value) {
        return value.max(ONE_Q31.negate()).min(ONE_Q31.subtract(BigInteger.ONE));
    }

    private static BigInteger constant(double real, int fractionBits) {
        return new BigDecimal(real)
                .multiply(new BigDecimal(TWO.pow(fractionBits)))
                .setScale(0, RoundingMode.HALF_UP)
                .toBigIntegerExact();
    }

    /** exp(-a / 2^fractionBits), a positive; the powers of e are computed, not listed. */
    private static BigInteger expOfNegative(BigInteger a, int integerBits) {
        int fractionBits = 31 - integerBits;
        if (a.signum() == 0) {
            return ONE_Q31.subtract(BigInteger.ONE);
        }
        var quarter = TWO.pow(fractionBits - 2);
        // a = rest - near with near from -1/4 (inclusive) to 0.
        var negative = a.negate();
        var near = negative.mod(quarter).subtract(quarter);
        var rest = near.subtract(negative);
        var x = near.shiftLeft(integerBits).add(TWO.pow(28));
        var x2 = highMul(x, x);
        var x3 = highMul(x2, x);
        var x4 = highMul(x2, x2);
        var quarterOfX4 = ExactScaling.halfAwayFromZero(x4, 2);
        var sixth = ExactScaling.halfAwayFromZero(
                highMul(quarterOfX4.add(x3), constant(1.0 / 3, 31)).add(x2), 1);
        var expOfEighth = constant(Math.exp(-0.125), 31);
        var result = expOfEighth.add(highMul(expOfEighth, x.add(sixth)));
        for (int power = -2; power < integerBits; power++) {
            if (rest.testBit(fractionBits + power)) {
                result = highMul(result, constant(Math.exp(-Math.pow(2, power)), 31));
            }
        }
        return result;
    }

    /** 2 / (1 + a) in Q2.29. */
    private static BigInteger twoOverOnePlus(BigInteger a) {
        var half = a.add(ONE_Q31).divide(TWO);
        var x = constant(48.0 / 17, 29)
                .add(highMul(half, constant(32.0 / 17, 29).negate()));
        for (int step = 0; step < 3; step++) {
            var error = TWO.pow(29).subtract(highMul(half, x));
            x = x.add(saturated(highMul(x, error).shiftLeft(2)));
        }
        return x;
    }

    private static BigInteger logistic(BigInteger a) {
        if (a.signum() == 0) {
            return TWO.pow(30);
        }
        var ofMagnitude = saturated(twoOverOnePlus(expOfNegative(a.abs(), 4)).shiftLeft(1));
        return a.signum() > 0 ? ofMagnitude : ONE_Q31.subtract(BigInteger.ONE).subtract(ofMagnitude);
    }

    private static BigInteger tanh(BigInteger a) {
        if (a.signum() == 0) {
            return BigInteger.ZERO;
        }
        var e = expOfNegative(a.abs(), 5);
        var ofMagnitude = saturated(twoOverOnePlus(e).subtract(TWO.pow(29)).shiftLeft(2));
        return a.signum() > 0 ? ofMagnitude : ofMagnitude.negate();
    }

    /** The argument in Q4.27, or the bound of the output that it lies beyond. */
    private static byte sigmoid(
            float scale, int x, Rounding rounding, int outputZero, int outputBits, UnaryOperator<BigInteger> function) {
        var factor = ExactScaling.of((double) scale * (1 << 27));
        var radius = new BigDecimal(big(15).multiply(TWO.pow(27)))
                .divide(new BigDecimal(TWO.pow(factor.exponent())), MathContext.UNLIMITED)
                .setScale(0, RoundingMode.FLOOR)
                .intValueExact();
        if (x <= -radius || x >= radius) {
            return x <= -radius ? Byte.MIN_VALUE : Byte.MAX_VALUE;
        }
        var value = function.apply(factor.apply(rounding, big(x)));
        return ExactScaling.clamped(ExactScaling.halfAwayFromZero(value, outputBits), outputZero);
    }

    @Test
    void logisticEqualsTheFixedPointDefinition() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            var s = new Scales(TfliteOperator.scale(random), TfliteOperator.zeroPoint(random), 1f / 256, -128);
            var rounding = TfliteOperator.rounding(random);
            byte[] found = run(rounding, LOGISTIC, 0, table(), s);
            assertThat(found)
                    .isEqualTo(expected(s, x -> sigmoid(s.input, x, rounding, -128, 23, Int8FunctionTest::logistic)));
            // Beyond the range of the argument, whole steps count as at the bounds.
            assertCloseTo(found, s, s.input > 4 ? 128 : 0.6, x -> 1 / (1 + Math.exp(-x)));
        });
    }

    @Test
    void tanhEqualsTheFixedPointDefinition() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            var s = new Scales(TfliteOperator.scale(random), TfliteOperator.zeroPoint(random), 1f / 128, 0);
            var rounding = TfliteOperator.rounding(random);
            byte[] found = run(rounding, TANH, 0, table(), s);
            assertThat(found).isEqualTo(expected(s, x -> sigmoid(s.input, x, rounding, 0, 24, Int8FunctionTest::tanh)));
            assertCloseTo(found, s, s.input > 4 ? 128 : 0.6, Math::tanh);
        });
    }

    // Hard swish.

    private static BigDecimal saturated16(BigDecimal value) {
        return value.max(BigDecimal.valueOf(-32768)).min(BigDecimal.valueOf(32767));
    }

    private static BigDecimal power(int exponent) {
        return exponent >= 0
                ? new BigDecimal(TWO.pow(exponent))
                : BigDecimal.ONE.divide(new BigDecimal(TWO.pow(-exponent)), MathContext.UNLIMITED);
    }

    private static BigDecimal times(BigDecimal value, ExactScaling factor) {
        var fifteenBits = new BigDecimal(factor.mantissa())
                .divide(power(16), MathContext.UNLIMITED)
                .setScale(0, RoundingMode.HALF_UP)
                .min(BigDecimal.valueOf(32767));
        // Half up, towards plus infinity.
        return value.multiply(fifteenBits).multiply(power(-15)).add(power(-1)).setScale(0, RoundingMode.FLOOR);
    }

    private static byte hardSwish(Scales s, int x) {
        var toOutput = ExactScaling.of(s.input / 128 / s.output);
        var toGate = ExactScaling.of(s.input / 128 / (3f / 32768));
        var fine = BigDecimal.valueOf(x * 128L);
        var onOutput = times(fine, toOutput);
        int left = Math.max(toGate.exponent() - 1, 0);
        var gate = times(saturated16(fine.multiply(power(left))), toGate);
        gate = toGate.exponent() > 0
                ? saturated16(gate.multiply(power(1)))
                : gate.multiply(power(toGate.exponent())).setScale(0, RoundingMode.HALF_UP);
        gate = gate.add(power(15)).multiply(power(-1)).setScale(0, RoundingMode.FLOOR);
        var product = gate.multiply(onOutput).multiply(power(-15)).setScale(0, RoundingMode.DOWN);
        var scaled = product.multiply(power(toOutput.exponent())).setScale(0, RoundingMode.HALF_UP);
        return ExactScaling.clamped(scaled.toBigIntegerExact(), s.outputZero);
    }

    @Test
    void hardSwishEqualsTheSixteenBitDefinition() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            float in = (float) Math.exp(random.nextDouble(Math.log(1e-3), Math.log(1)));
            float out = in * (float) random.nextDouble(0.05, 3);
            var s = new Scales(in, TfliteOperator.zeroPoint(random), out, TfliteOperator.zeroPoint(random));
            byte[] found = run(TfliteOperator.rounding(random), HARD_SWISH, 0, table(), s);
            assertThat(found).isEqualTo(expected(s, x -> hardSwish(s, x)));
            assertCloseTo(found, s, 0.6 + in / out / 50, x -> x * Math.clamp(x + 3, 0, 6) / 6);
        });
    }

    // Float.

    private static byte[] littleEndian(float... values) {
        byte[] bytes = new byte[Float.BYTES * values.length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return bytes;
    }

    @Test
    void quantizingFloatsRoundsHalfAwayFromZero() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            float scale = random.nextBoolean() ? 0.5f : TfliteOperator.scale(random);
            int zeroPoint = TfliteOperator.zeroPoint(random);
            float[] values = new float[40];
            for (int i = 0; i < values.length; i++) {
                values[i] = scale
                        * (random.nextBoolean()
                                ? random.nextInt(-600, 600) / 2f
                                : (float) random.nextDouble(-150, 150));
            }
            byte[] in = littleEndian(values);
            byte[] expected = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                var steps = new BigDecimal(values[i] / scale).setScale(0, RoundingMode.HALF_UP);
                expected[i] = ExactScaling.clamped(steps.toBigIntegerExact(), zeroPoint);
            }
            var writer = new TfliteWriter();
            int input = writer.tensor(new int[] {values.length}, 0, 0, new float[0], new long[0]);
            int output = writer.activation(scale, zeroPoint, values.length);
            writer.operator(QUANTIZE, 1, 89, table(), new int[] {input}, output);
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, in))
                    .isEqualTo(expected);
        });
    }

    @ParameterizedTest
    @EnumSource(Rounding.class)
    void quantizingBoundsWhatNoInt8Holds(Rounding rounding) throws Exception {
        byte[] in = littleEndian(
                Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE);
        var writer = new TfliteWriter();
        int input = writer.tensor(new int[] {5}, 0, 0, new float[0], new long[0]);
        int output = writer.activation(1e-30f, 7, 5);
        writer.operator(QUANTIZE, 1, 89, table(), new int[] {input}, output);
        assertThat(TfliteOperator.run(writer.toBytes(), rounding, in)).containsExactly(7, 127, -128, 127, -128);
    }

    @Test
    void dequantizingIsTheRealValueInFloat() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            float scale = TfliteOperator.scale(random);
            int zeroPoint = TfliteOperator.zeroPoint(random);
            var writer = new TfliteWriter();
            int input = writer.activation(scale, zeroPoint, 256);
            int output = writer.tensor(new int[] {256}, 0, 0, new float[0], new long[0]);
            writer.operator(DEQUANTIZE, 2, 38, table(), new int[] {input}, output);
            float[] expected = new float[256];
            for (int i = 0; i < 256; i++) {
                expected[i] = new BigDecimal(scale)
                        .multiply(BigDecimal.valueOf(EVERY_VALUE[i] - zeroPoint))
                        .floatValue();
            }
            assertThat(TfliteOperator.run(writer.toBytes(), Rounding.DOUBLE, EVERY_VALUE))
                    .isEqualTo(littleEndian(expected));
        });
    }
}
