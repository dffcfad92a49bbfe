package io.fleetwright.forge.quantize;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where the means come from that biases are corrected by. */
public enum BiasSource {
    /** The sums of float and integer layers over the calibration inputs. */
    MEASURED,
    /** The training statistics of the layer before, clipped by its ReLU (Nagel et al., 2019, appendix C). */
    STATISTICS,
    /** The mean input of the weights that ternary rounds to 0, and of no others. */
    DEAD_ZONE;

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The source of a label. */
    public static Optional<BiasSource> of(String label) {
        return Arrays.stream(values())
                .filter(source -> source.label().equals(label))
                .findFirst();
    }
}
