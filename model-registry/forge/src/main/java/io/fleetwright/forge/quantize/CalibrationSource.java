package io.fleetwright.forge.quantize;

import io.fleetwright.trust.Digest;

/** Where the calibration inputs of a recipe come from. */
public sealed interface CalibrationSource {
    /** The digest of the inputs that were used. */
    Digest digest();

    /** Inputs that were given. */
    record Given(Digest digest, int count) implements CalibrationSource {}

    /** Inputs made from the statistics in the float network, by {@code Distillation}. */
    record Distilled(Digest digest, long seed, int count, int iterations) implements CalibrationSource {}
}
