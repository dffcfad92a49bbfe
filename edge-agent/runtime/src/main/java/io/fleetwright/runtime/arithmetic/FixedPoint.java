package io.fleetwright.runtime.arithmetic;

/**
 * Fixed-point numbers in int32, as used by the reference softmax: Qi.f has i integer and f fraction bits, i + f = 31.
 *
 * @see "gemmlowp, fixed-point arithmetic: exp on negative values, reciprocal by Newton's method"
 */
public final class FixedPoint {
    private FixedPoint() {}

    /** {@code round(a * b / 2^31)}, half up, saturating: multiplies Q0.31 by anything. */
    public static int highMul(int a, int b) {
        if (a == Integer.MIN_VALUE && b == Integer.MIN_VALUE) {
            return Integer.MAX_VALUE;
        }
        return (int) (((long) a * b + (1L << 30)) >> 31);
    }

    /** {@code round(value / 2^exponent)}, half away from zero, exponent 0 .. 62. */
    public static int divideByPowerOfTwo(int value, int exponent) {
        long half = exponent == 0 ? 0 : (1L << (exponent - 1)) + (value >> 31);
        return (int) ((value + half) >> exponent);
    }

    /** {@code value * 2^exponent}, saturating. */
    public static int multiplyByPowerOfTwo(int value, int exponent) {
        return (int) Math.clamp((long) value << exponent, (long) Integer.MIN_VALUE, (long) Integer.MAX_VALUE);
    }

    /** {@code exp(a)} for {@code a <= 0} in Q5.26; answer in Q0.31. */
    public static int expOfNegative(int a) {
        if (a == 0) {
            return Integer.MAX_VALUE;
        }
        int quarter = 1 << 24;
        int belowQuarter = (a & (quarter - 1)) - quarter;
        int result = expNearZero(multiplyByPowerOfTwo(belowQuarter, 5));
        int rest = belowQuarter - a;
        // exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31, for each bit of what is left.
        result = timesIfBit(result, rest, 24, 1672461947);
        result = timesIfBit(result, rest, 25, 1302514674);
        result = timesIfBit(result, rest, 26, 790015084);
        result = timesIfBit(result, rest, 27, 290630308);
        result = timesIfBit(result, rest, 28, 39332535);
        result = timesIfBit(result, rest, 29, 720401);
        return timesIfBit(result, rest, 30, 242);
    }

    private static int timesIfBit(int value, int bits, int bit, int factor) {
        return (bits & (1 << bit)) == 0 ? value : highMul(value, factor);
    }

    /** {@code exp(a)} for {@code -1/4 <= a < 0} in Q0.31: Taylor around -1/8, to the fourth order. */
    private static int expNearZero(int a) {
        int expOfMinusEighth = 1895147668;
        int third = 715827883;
        int x = a + (1 << 28);
        int x2 = highMul(x, x);
        int x3 = highMul(x2, x);
        int x4 = highMul(x2, x2);
        int higherOrders = divideByPowerOfTwo(highMul(divideByPowerOfTwo(x4, 2) + x3, third) + x2, 1);
        return expOfMinusEighth + highMul(expOfMinusEighth, x + higherOrders);
    }

    /** {@code 1 / (1 + a)} for {@code 0 <= a < 1} in Q0.31, by three Newton steps. */
    public static int reciprocalOfOnePlus(int a) {
        int one = 1 << 29; // in Q2.29
        int half = (int) (((long) a + Integer.MAX_VALUE + 1) / 2);
        int x = 1515870810 + highMul(half, -1010580540); // 48/17 - 32/17 * half, in Q2.29
        for (int step = 0; step < 3; step++) {
            int error = one - highMul(half, x);
            x += multiplyByPowerOfTwo(highMul(x, error), 2);
        }
        return multiplyByPowerOfTwo(x, 1);
    }
}
