package io.fleetwright.runtime.kernel;

/**
 * How small integers are written as bits: plane {@code i} holds bit {@code i} of all of them.
 *
 * <p>{@code value = offset + sum_i factor(i) * bit_i}; two's complement gives its top plane a negative factor, bipolar is
 * one plane of factor 2 and an offset of -1.
 *
 * @param planes 1 to {@link #PLANES_MAX}; 1 for bipolar
 */
public record BitCoding(Kind kind, int planes) {
    public static final int PLANES_MAX = 3;

    /** What the bits mean. */
    public enum Kind {
        /** 0 .. 2^planes - 1. */
        UNSIGNED,
        /** Two's complement, -2^(planes-1) .. 2^(planes-1) - 1. */
        SIGNED,
        /** -1 and 1. */
        BIPOLAR
    }

    public static final BitCoding BIPOLAR = new BitCoding(Kind.BIPOLAR, 1);

    public BitCoding {
        if (planes < 1 || planes > (kind == Kind.BIPOLAR ? 1 : PLANES_MAX)) {
            throw new IllegalArgumentException(
                    "planes (%d) of %s must be 1 to %d, 1 for BIPOLAR".formatted(planes, kind, PLANES_MAX));
        }
    }

    public int least() {
        return switch (kind) {
            case UNSIGNED -> 0;
            case SIGNED -> -(1 << (planes - 1));
            case BIPOLAR -> -1;
        };
    }

    public int most() {
        return switch (kind) {
            case UNSIGNED -> (1 << planes) - 1;
            case SIGNED -> (1 << (planes - 1)) - 1;
            case BIPOLAR -> 1;
        };
    }

    /** What a set bit of a plane adds to a value. */
    public int factor(int plane) {
        return switch (kind) {
            case UNSIGNED -> 1 << plane;
            case SIGNED -> plane == planes - 1 ? -(1 << plane) : 1 << plane;
            case BIPOLAR -> 2;
        };
    }

    /** What a value is when no bit is set. */
    public int offset() {
        return kind == Kind.BIPOLAR ? -1 : 0;
    }

    /** The bits of a value in range; of a bipolar one, 1 means above 0. */
    public int bits(int value) {
        return kind == Kind.BIPOLAR ? (value > 0 ? 1 : 0) : value & ((1 << planes) - 1);
    }

    /** For people, for example {@code signed 2}. */
    @Override
    public String toString() {
        return switch (kind) {
            case UNSIGNED -> "unsigned %d".formatted(planes);
            case SIGNED -> "signed %d".formatted(planes);
            case BIPOLAR -> "bipolar";
        };
    }
}
