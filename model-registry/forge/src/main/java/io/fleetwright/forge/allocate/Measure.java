package io.fleetwright.forge.allocate;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a budget can be about. */
public enum Measure {
    /** Bytes of weights. */
    SIZE("bytes"),
    /** Millions of bit operations: MACs times weight bits times activation bits. */
    BOPS("Mbops"),
    /** Milliseconds of one inference. */
    LATENCY("ms"),
    /** Millijoules of one inference; only for tables that have them. */
    ENERGY("mJ");

    private final String unit;

    Measure(String unit) {
        this.unit = unit;
    }

    public String unit() {
        return unit;
    }

    /** Its name on the command line and in JSON. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The measure of a word. */
    public static Optional<Measure> of(String word) {
        return Arrays.stream(values())
                .filter(measure -> measure.word().equals(word))
                .findFirst();
    }

    /**
     * Cost of one layer.
     *
     * @throws IllegalArgumentException naming the layer, when its energy is unknown
     */
    double cost(Layer layer, int bits) {
        return switch (this) {
            case SIZE -> layer.params() * (double) bits / Byte.SIZE;
            case BOPS -> layer.megaMacs() * bits * bits;
            case LATENCY -> layer.millis().at(bits);
            case ENERGY -> {
                if (layer.millijoules() == null) {
                    throw new IllegalArgumentException("energy of layer %s is unknown".formatted(layer.name()));
                }
                yield layer.millijoules().at(bits);
            }
        };
    }
}
