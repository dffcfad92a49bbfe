package io.fleetwright.runtime;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Real functions to 60 digits, written from their series. */
final class ExactReals {
    static final MathContext DIGITS = new MathContext(60);

    private static final BigDecimal HALF = new BigDecimal("0.5");

    private ExactReals() {}

    static BigDecimal ratio(long numerator, long denominator) {
        return BigDecimal.valueOf(numerator).divide(BigDecimal.valueOf(denominator), DIGITS);
    }

    /** {@code exp(x)} by the exponential series of {@code x / 2^8}, squared eight times. */
    static BigDecimal exp(BigDecimal x) {
        var small = x.divide(BigDecimal.valueOf(256), DIGITS);
        var sum = BigDecimal.ONE;
        var term = BigDecimal.ONE;
        for (int n = 1; n <= 40; n++) {
            term = term.multiply(small, DIGITS).divide(BigDecimal.valueOf(n), DIGITS);
            sum = sum.add(term, DIGITS);
        }
        for (int i = 0; i < 8; i++) {
            sum = sum.multiply(sum, DIGITS);
        }
        return sum;
    }

    /** {@code 1 / (1 + exp(-x))}. */
    static BigDecimal sigmoid(BigDecimal x) {
        return BigDecimal.ONE.divide(BigDecimal.ONE.add(exp(x.negate())), DIGITS);
    }

    static BigDecimal mean(BigDecimal a, BigDecimal b) {
        return a.add(b).multiply(HALF);
    }

    /** The nearest integer, ties away from zero. */
    static BigDecimal round(BigDecimal value) {
        return value.setScale(0, RoundingMode.HALF_UP);
    }

    /** The nearest integer, ties up. */
    static long roundUp(BigDecimal value) {
        return value.add(HALF).setScale(0, RoundingMode.FLOOR).longValueExact();
    }
}
