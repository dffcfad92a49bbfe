package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatNetwork;

/** How the formats of the layers come about: named, or chosen within a budget. */
public sealed interface SchemeChoice permits Scheme, MixedBudget {
    /**
     * The formats for this network.
     *
     * @throws IllegalArgumentException if the network does not allow a choice
     */
    Scheme of(FloatNetwork network, CalibrationSet calibration);

    /** As {@link #parse} reads it. */
    String label();

    /**
     * Reads a {@link Scheme}, or {@code mixed:size:0.5}, {@code mixed:bops:0.25:hessian} as a {@link MixedBudget}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    static SchemeChoice parse(String text) {
        return MixedBudget.isBudget(text) ? MixedBudget.parse(text) : Scheme.parse(text);
    }
}
