package io.fleetwright.runtime.arithmetic;

/** How an accumulator is scaled to the output; the two flavours differ by one step in some outputs. */
public enum Rounding {
    /** A rounding doubling high multiply, then a rounding shift: TFLite's and TFLM's reference kernels. */
    DOUBLE {
        @Override
        public int scale(int value, int multiplier, int shift) {
            int left = Math.max(shift, 0);
            int right = Math.max(-shift, 0);
            long high = ((long) (value << left) * multiplier + (1L << 30)) >> 31;
            return right == 0 ? (int) high : (int) ((high + (1L << (right - 1)) + (high >> 63)) >> right);
        }
    },
    /** One 64-bit multiply and one rounding shift: the reference kernels built for single rounding. */
    SINGLE {
        @Override
        public int scale(int value, int multiplier, int shift) {
            return (int) (((long) value * multiplier + (1L << (30 - shift))) >> (31 - shift));
        }
    };

    /**
     * {@code value * multiplier * 2^(shift - 31)}, rounded.
     *
     * @param multiplier 0, or 2^30 .. 2^31 - 1
     * @param shift -31 .. 30
     */
    public abstract int scale(int value, int multiplier, int shift);
}
