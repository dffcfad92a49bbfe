package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.runtime.arithmetic.FixedPoint;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.testkit.SeededCases;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The scaling primitives against their definitions over unbounded integers. */
class RequantizationTest {
    private static final int[] EXTREMES = {Integer.MIN_VALUE, Integer.MIN_VALUE + 1, -1, 0, 1, Integer.MAX_VALUE};

    private static int value(SplittableRandom random) {
        return random.nextInt(8) == 0
                ? EXTREMES[random.nextInt(EXTREMES.length)]
                : random.nextInt() >> random.nextInt(32);
    }

    private static int multiplier(SplittableRandom random) {
        return random.nextInt(16) == 0 ? Integer.MAX_VALUE : (1 << 30) + random.nextInt(1 << 30);
    }

    private static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }

    /** Division that truncates, of the product moved by half a step away from zero. */
    private static int highMulByDefinition(int a, int b) {
        BigInteger product = big(a).multiply(big(b));
        BigInteger nudge = big(product.signum() >= 0 ? 1 << 30 : 1 - (1 << 30));
        return product.add(nudge)
                .divide(BigInteger.TWO.pow(31))
                .min(big(Integer.MAX_VALUE))
                .intValueExact();
    }

    private static int divideByDefinition(int value, int exponent) {
        return new BigDecimal(value)
                .divide(new BigDecimal(BigInteger.TWO.pow(exponent)), 0, RoundingMode.HALF_UP)
                .intValueExact();
    }

    @Test
    void doubleRoundingIsAHighMultiplyThenARoundingShift() {
        SeededCases.forEach(1, 100, (random, _) -> {
            for (int i = 0; i < 1000; i++) {
                int x = value(random);
                int m = multiplier(random);
                int shift = random.nextInt(-31, 9);
                int expected = divideByDefinition(highMulByDefinition(x << Math.max(shift, 0), m), Math.max(-shift, 0));
                assertThat(Rounding.DOUBLE.scale(x, m, shift)).isEqualTo(expected);
            }
        });
    }

    @Test
    void singleRoundingIsOneMultiplyAndOneHalfUpShift() {
        SeededCases.forEach(1, 100, (random, _) -> {
            for (int i = 0; i < 1000; i++) {
                int x = value(random);
                int m = multiplier(random);
                int shift = random.nextInt(-31, 31);
                int right = 31 - shift;
                BigInteger expected = big(x).multiply(big(m))
                        .add(BigInteger.TWO.pow(right - 1))
                        .shiftRight(right);
                assertThat(Rounding.SINGLE.scale(x, m, shift)).isEqualTo(expected.intValue());
            }
        });
    }

    @Test
    void primitivesEqualTheirDefinitions() {
        SeededCases.forEach(1, 100, (random, _) -> {
            for (int i = 0; i < 1000; i++) {
                int a = value(random);
                int b = value(random);
                int exponent = random.nextInt(32);
                assertThat(FixedPoint.highMul(a, b)).isEqualTo(highMulByDefinition(a, b));
                assertThat(FixedPoint.divideByPowerOfTwo(a, exponent)).isEqualTo(divideByDefinition(a, exponent));
            }
        });
    }

    @Test
    void aFactorIsSplitIntoTheNearestMantissaAndExponent() {
        SeededCases.forEach(1, 2000, (random, _) -> {
            double factor = Math.scalb(random.nextDouble(0.5, 1), random.nextInt(-31, 31));
            var quantized = QuantizedMultiplier.of(factor);
            assertThat(quantized.multiplier()).isBetween(1 << 30, Integer.MAX_VALUE);
            var mantissa = new BigDecimal(factor)
                    .multiply(new BigDecimal(BigInteger.TWO.pow(62)))
                    .divide(new BigDecimal(BigInteger.TWO.pow(31 + quantized.shift())))
                    .setScale(0, RoundingMode.HALF_UP);
            assertThat(mantissa.longValueExact()).isEqualTo(quantized.multiplier());
        });
    }

    @Test
    void factorsAtTheEdgesAreSplitWithoutLoss() {
        assertThat(QuantizedMultiplier.of(1.0)).isEqualTo(new QuantizedMultiplier(1 << 30, 1));
        assertThat(QuantizedMultiplier.of(0.5)).isEqualTo(new QuantizedMultiplier(1 << 30, 0));
        assertThat(QuantizedMultiplier.of(Math.nextDown(1.0))).isEqualTo(new QuantizedMultiplier(1 << 30, 1));
        assertThat(QuantizedMultiplier.of(0x1p-32)).isEqualTo(new QuantizedMultiplier(1 << 30, -31));
        assertThat(QuantizedMultiplier.of(0x1p-33)).isEqualTo(new QuantizedMultiplier(0, 0));
        assertThat(QuantizedMultiplier.of(0)).isEqualTo(new QuantizedMultiplier(0, 0));
        assertThat(Rounding.DOUBLE.scale(Integer.MIN_VALUE, 0, 0)).isZero();
        assertThat(Rounding.SINGLE.scale(Integer.MIN_VALUE, 0, 0)).isZero();
    }

    @Test
    void exponentialAndReciprocalAreCloseToTheRealOnes() {
        SeededCases.forEach(1, 2000, (random, _) -> {
            int a = -random.nextInt(Integer.MAX_VALUE) >> random.nextInt(31);
            double real = Math.exp(Math.scalb((double) a, -26));
            assertThat(Math.scalb((double) FixedPoint.expOfNegative(a), -31)).isCloseTo(real, within(1e-6));
            int fraction = random.nextInt(Integer.MAX_VALUE);
            double reciprocal = 1 / (1 + Math.scalb((double) fraction, -31));
            assertThat(Math.scalb((double) FixedPoint.reciprocalOfOnePlus(fraction), -31))
                    .isCloseTo(reciprocal, within(1e-7));
        });
    }

    @Test
    void activationsClampAtTheQuantizedBounds() {
        assertThat(Activation.RELU.low(0.5f, 3)).isEqualTo(3);
        assertThat(Activation.RELU6.high(0.5f, 3)).isEqualTo(15);
        assertThat(Activation.RELU6.high(0.01f, 3)).isEqualTo(127);
        assertThat(Activation.RELU_N1_TO_1.low(0.4f, 0))
                .as("-2.5 away from zero")
                .isEqualTo(-3);
        assertThat(Activation.RELU_N1_TO_1.high(0.4f, 0)).isEqualTo(3);
        assertThat(Activation.RELU_N1_TO_1.low(Float.MIN_VALUE, 0)).isEqualTo(-128);
    }
}
