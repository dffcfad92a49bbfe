package io.fleetwright.forge.weights;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a weight may be, as a whole number of steps of its channel's scale.
 *
 * <p>The powers of two have a code for 0 and seven sizes, 1 to 64, so that each fits int8; int4 in groups is int4
 * times a whole number 1 to 15 of its group of {@value #GROUP} consecutive weights, which also fits.
 */
public enum WeightFormat {
    INT8(0, 8),
    INT4(1, 4),
    INT4_G32(2, 4),
    TERNARY(3, 2),
    POW2(4, 4),
    POW2X2(5, 8);

    /** Consecutive weights of a channel that share a group scale; in a 1x1 convolution along the input channels. */
    public static final int GROUP = 32;

    /** A byte of scale to 96 of weights: a hundredth. */
    private static final int INT8_WEIGHTS_PER_SCALE = 96;

    /** Fewer scales than in int8, since each group of a channel says its size in four bits. */
    private static final int INT4_WEIGHTS_PER_SCALE = 256;

    /** The largest group scale: -8 times it is still an int8 value. */
    static final int GROUP_SCALE_MAX = 15;

    private final int code;
    private final int bits;

    WeightFormat(int code, int bits) {
        this.code = code;
        this.bits = bits;
    }

    /** What names the format in a file. */
    public int code() {
        return code;
    }

    /** Bits of a code before packing; ternary codes pack into 1.6. */
    public int bits() {
        return bits;
    }

    /** As it is written on the command line: {@code int4-g32}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The format of a file's code. */
    public static Optional<WeightFormat> of(int code) {
        return Arrays.stream(values()).filter(format -> format.code == code).findFirst();
    }

    /** The format of a label. */
    public static Optional<WeightFormat> of(String label) {
        return Arrays.stream(values())
                .filter(format -> format.label().equals(label))
                .findFirst();
    }

    /** All labels, for messages. */
    public static String labels() {
        return Arrays.stream(values()).map(WeightFormat::label).collect(Collectors.joining(", "));
    }

    /** The least number of weights that neighbours bring under one scale; 1 where each channel keeps its own. */
    int weightsPerScale() {
        return switch (this) {
            case INT8 -> INT8_WEIGHTS_PER_SCALE;
            case INT4_G32 -> INT4_WEIGHTS_PER_SCALE;
            case INT4, TERNARY, POW2, POW2X2 -> 1;
        };
    }

    /** True when neighbours may share a scale. */
    public boolean mayShareScales() {
        return weightsPerScale() > 1;
    }

    Levels levels() {
        return Levels.of(this);
    }
}
