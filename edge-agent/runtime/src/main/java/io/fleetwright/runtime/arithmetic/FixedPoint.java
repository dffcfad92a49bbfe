package io.fleetwright.runtime.arithmetic;

/**
 * Fixed-point numbers in int32, as used by the reference softmax, logistic and tanh: Qi.f has i integer and f fraction bits, i + f = 31.
 *
 * @see "gemmlowp, fixed-point arithmetic: exp on negative values, reciprocal by Newton's method"
 */
public final class FixedPoint {
    private static final int ONE_Q2 = 1 << 29;

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

    /** {@code exp(-1/4), exp(-1/2), exp(-1), ... exp(-16)} in Q0.31. */
    private static final int[] EXP_OF_MINUS_POWERS = {
        1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242
    };

    /** {@code exp(a)} for {@code a <= 0} in Q5.26; answer in Q0.31. */
    public static int expOfNegative(int a) {
        return expOfNegative(a, 5);
    }

    /** {@code exp(a)} for {@code a <= 0} with {@code integerBits} of 2 to 5; answer in Q0.31. */
    private static int expOfNegative(int a, int integerBits) {
        if (a == 0) {
            return Integer.MAX_VALUE;
        }
        int quarterBit = 29 - integerBits;
        int quarter = 1 << quarterBit;
        int belowQuarter = (a & (quarter - 1)) - quarter;
        int result = expNearZero(multiplyByPowerOfTwo(belowQuarter, integerBits));
        int rest = belowQuarter - a;
        for (int bit = quarterBit; bit < 31; bit++) {
            result = timesIfBit(result, rest, bit, EXP_OF_MINUS_POWERS[bit - quarterBit]);
        }
        return result;
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

    /** {@code 1 / (1 + a)} for {@code 0 <= a < 1} in Q0.31. */
    public static int reciprocalOfOnePlus(int a) {
        return multiplyByPowerOfTwo(reciprocalOfHalfOnePlus(a), 1);
    }

    /** {@code 2 / (1 + a)} in Q2.29 for {@code 0 <= a < 1} in Q0.31, by three Newton steps. */
    private static int reciprocalOfHalfOnePlus(int a) {
        int half = (int) (((long) a + Integer.MAX_VALUE + 1) / 2);
        int x = 1515870810 + highMul(half, -1010580540); // 48/17 - 32/17 * half
        for (int step = 0; step < 3; step++) {
            int error = ONE_Q2 - highMul(half, x);
            x += multiplyByPowerOfTwo(highMul(x, error), 2);
        }
        return x;
    }

    /** {@code 1 / (1 + exp(-a))} of Q4.27, in Q0.31. */
    public static int logistic(int a) {
        if (a == 0) {
            return 1 << 30;
        }
        int ofMagnitude = reciprocalOfOnePlus(expOfNegative(-Math.abs(a), 4));
        return a > 0 ? ofMagnitude : Integer.MAX_VALUE - ofMagnitude;
    }

    /** {@code tanh(a)} of Q4.27, in Q0.31: {@code (1 - e) / (1 + e)} with {@code e = exp(-2 |a|)}. */
    public static int tanh(int a) {
        if (a == 0) {
            return 0;
        }
        // The same bits with one integer bit more are twice the value.
        int e = expOfNegative(-Math.abs(a), 5);
        int ofMagnitude = multiplyByPowerOfTwo(reciprocalOfHalfOnePlus(e) - ONE_Q2, 2);
        return a > 0 ? ofMagnitude : -ofMagnitude;
    }
}
