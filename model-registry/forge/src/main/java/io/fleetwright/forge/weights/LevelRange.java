package io.fleetwright.forge.weights;

/**
 * Signed integers of so many bits.
 *
 * @param bits 2..8
 * @param narrow true when the lowest is left out, so that as many are below 0 as above
 */
public record LevelRange(int bits, boolean narrow) {
    public static final LevelRange INT8 = new LevelRange(Byte.SIZE, false);

    public LevelRange {
        if (bits < 2 || bits > Byte.SIZE) {
            throw new IllegalArgumentException("bits (%d) must be in 2..%d".formatted(bits, Byte.SIZE));
        }
    }

    /**
     * The fewest bits that hold {@code lowest} to {@code highest}.
     *
     * @throws IllegalArgumentException if int8 does not hold them
     */
    public static LevelRange holding(int lowest, int highest) {
        int bits = 2;
        while (bits <= Byte.SIZE && (-lowest > half(bits) || highest >= half(bits))) {
            bits++;
        }
        return new LevelRange(bits, -lowest < half(bits));
    }

    public int lowest() {
        return (narrow ? 1 : 0) - half(bits);
    }

    public int highest() {
        return half(bits) - 1;
    }

    private static int half(int bits) {
        return 1 << (bits - 1);
    }
}
