package io.fleetwright.runtime;

import io.fleetwright.runtime.arithmetic.Rounding;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * The fixed-point multiplication of the reference kernels, written from its definition with unbounded numbers: what the
 * kernels do with shifts and 64-bit lanes has to come to the same.
 *
 * @param mantissa below 2^31
 * @param exponent the factor is {@code mantissa * 2^(exponent - 31)}
 */
record ExactScaling(BigInteger mantissa, int exponent) {
    private static final BigInteger TWO = BigInteger.TWO;

    /** The factor with 31 bits, rounded half away from zero; nothing below 2^-32. */
    static ExactScaling of(double factor) {
        var exact = new BigDecimal(factor);
        int exponent = 0;
        while (exact.compareTo(power(exponent)) >= 0) {
            exponent++;
        }
        while (exact.compareTo(power(exponent - 1)) < 0) {
            exponent--;
            if (exponent < -31) {
                return new ExactScaling(BigInteger.ZERO, 0);
            }
        }
        var mantissa = exact.divide(power(exponent - 31), MathContext.UNLIMITED)
                .setScale(0, RoundingMode.HALF_UP)
                .toBigInteger();
        return mantissa.bitLength() == 32
                ? new ExactScaling(mantissa.divide(TWO), exponent + 1)
                : new ExactScaling(mantissa, exponent);
    }

    private static BigDecimal power(int exponent) {
        return exponent >= 0
                ? new BigDecimal(TWO.pow(exponent))
                : BigDecimal.ONE.divide(new BigDecimal(TWO.pow(-exponent)), MathContext.UNLIMITED);
    }

    /** {@code value} times the factor, as a reference kernel of this rounding says it. */
    BigInteger apply(Rounding rounding, BigInteger value) {
        return switch (rounding) {
            case DOUBLE -> {
                var left = value.multiply(TWO.pow(Math.max(exponent, 0)));
                var high = floor(left.multiply(mantissa).add(TWO.pow(30)), 31);
                yield halfAwayFromZero(high, Math.max(-exponent, 0));
            }
            case SINGLE -> {
                int bits = 31 - exponent;
                yield floor(value.multiply(mantissa).add(TWO.pow(bits - 1)), bits);
            }
        };
    }

    /** {@code value} times the factor, as the reference kernels scale 64-bit sums: with 15 bits of the mantissa. */
    BigInteger applyToLong(BigInteger value) {
        var reduced = floor(mantissa.add(TWO.pow(15)), 16).min(BigInteger.valueOf(0x7FFF));
        int bits = 15 - exponent;
        return BigInteger.valueOf(
                floor(value.multiply(reduced).add(TWO.pow(bits - 1)), bits).intValue());
    }

    static BigInteger floor(BigInteger value, int bits) {
        var parts = value.divideAndRemainder(TWO.pow(bits));
        return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    static BigInteger halfAwayFromZero(BigInteger value, int bits) {
        return new BigDecimal(value)
                .divide(new BigDecimal(TWO.pow(bits)), 0, RoundingMode.HALF_UP)
                .toBigIntegerExact();
    }

    /** {@code value + zeroPoint} within bounds. */
    static byte clamped(BigInteger value, int zeroPoint, int low, int high) {
        return value.add(BigInteger.valueOf(zeroPoint))
                .max(BigInteger.valueOf(low))
                .min(BigInteger.valueOf(high))
                .byteValueExact();
    }

    static byte clamped(BigInteger value, int zeroPoint) {
        return clamped(value, zeroPoint, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }
}
