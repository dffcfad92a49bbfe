package io.fleetwright.runtime.arithmetic;

/**
 * Scaling of 64-bit accumulators, as the reference kernels do it for 16-bit activations: the multiplier keeps 15 of its 31
 * bits, so that the product fits 64 bits, and is rounded once, whatever the {@link Rounding} of the rest.
 */
public final class LongScaling {
    /** Largest shift that {@link #scale} takes. */
    public static final int SHIFT_MAX = 7;

    /** Values are below this in magnitude; the product with 15 bits and its rounding then fit 64. */
    public static final long VALUE_LIMIT = 1L << 47;

    private static final int LARGEST_REDUCED = 0x7FFF;

    private LongScaling() {}

    /**
     * {@code value * multiplier * 2^(shift - 31)}, rounded half up; of a result that does not fit, the low 32 bits.
     *
     * @param value below {@link #VALUE_LIMIT} in magnitude
     * @param multiplier 0, or 2^30 .. 2^31 - 1
     * @param shift -31 .. {@link #SHIFT_MAX}
     */
    public static int scale(long value, int multiplier, int shift) {
        int bits = 15 - shift;
        return (int) ((value * reduced(multiplier) + (1L << (bits - 1))) >> bits);
    }

    private static int reduced(int multiplier) {
        return multiplier < LARGEST_REDUCED << 16 ? (multiplier + (1 << 15)) >> 16 : LARGEST_REDUCED;
    }
}
