package io.fleetwright.forge.quantize;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Ways to choose the range of an activation from what was observed of it. */
public enum RangeMethod {
    /** Nothing is cut off. */
    MIN_MAX,
    /** 99.9 % of the values are kept. */
    PERCENTILE_999,
    /** 99.99 % of the values are kept. */
    PERCENTILE_9999,
    /** The least squared error of the values themselves, over 100 shares of the range. */
    MSE,
    /** The least information lost, over shares of 2048 bins put into 128 (Migacz, 2017). */
    KL,
    /** A moving average of the extremes of each input (Jacob et al., 2018, section 3.1). */
    MOVING_AVERAGE;

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The method of a label. */
    public static Optional<RangeMethod> of(String label) {
        return Arrays.stream(values())
                .filter(method -> method.label().equals(label))
                .findFirst();
    }
}
