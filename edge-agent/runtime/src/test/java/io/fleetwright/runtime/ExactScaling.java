package io.fleetwright.runtime;

import io.fleetwright.runtime.arithmetic.Rounding;
import java.math.BigInteger;

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
        // Every double is a whole number of at most 53 bits times a power of two.
        int power = Math.max(Math.getExponent(factor), Double.MIN_EXPONENT) - 52;
        var whole = BigInteger.valueOf((long) Math.scalb(factor, -power));
        int exponent = whole.bitLength() + power;
        if (whole.signum() <= 0 || exponent < -31) {
            return new ExactScaling(BigInteger.ZERO, 0);
        }
        int surplus = whole.bitLength() - 31;
        var mantissa = surplus > 0 ? halfAwayFromZero(whole, surplus) : whole.shiftLeft(-surplus);
        return mantissa.bitLength() == 32
                ? new ExactScaling(mantissa.shiftRight(1), exponent + 1)
                : new ExactScaling(mantissa, exponent);
    }

    /** {@code value} times the factor, as a reference kernel of this rounding says it. */
    BigInteger apply(Rounding rounding, BigInteger value) {
        return switch (rounding) {
            case DOUBLE -> {
                var left = value.shiftLeft(Math.max(exponent, 0));
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

    /** {@code value / 2^bits}, rounded down. */
    static BigInteger floor(BigInteger value, int bits) {
        return value.shiftRight(bits);
    }

    /** {@code value / 2^bits}, rounded to the nearest, and away from zero where two are as near. */
    static BigInteger halfAwayFromZero(BigInteger value, int bits) {
        var magnitude = value.abs().shiftLeft(1).add(TWO.pow(bits)).shiftRight(bits + 1);
        return value.signum() < 0 ? magnitude.negate() : magnitude;
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
