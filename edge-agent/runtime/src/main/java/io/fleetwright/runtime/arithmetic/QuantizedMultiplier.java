package io.fleetwright.runtime.arithmetic;

/**
 * A positive real factor as {@code multiplier * 2^(shift - 31)}.
 *
 * @param multiplier 2^30 .. 2^31 - 1, or 0 for a factor too small to show
 * @param shift at least -31
 */
public record QuantizedMultiplier(int multiplier, int shift) {
    /** Largest shift that {@link Rounding#scale} takes. */
    public static final int SHIFT_MAX = 30;

    /** Splits {@code factor}, finite and not negative, into 31 rounded mantissa bits and an exponent. */
    public static QuantizedMultiplier of(double factor) {
        int shift = Math.getExponent(factor) + 1;
        if (shift < -31) {
            return new QuantizedMultiplier(0, 0);
        }
        long mantissa = Math.round(Math.scalb(factor, 31 - shift));
        if (mantissa == 1L << 31) {
            mantissa >>= 1;
            shift++;
        }
        return new QuantizedMultiplier((int) mantissa, shift);
    }
}
