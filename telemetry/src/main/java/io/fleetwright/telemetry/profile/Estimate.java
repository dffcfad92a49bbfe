package io.fleetwright.telemetry.profile;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Time and energy of one inference by a profile; always modelled, never measured.
 *
 * @param latencyMicros time, microseconds
 * @param latencyUncertainty relative standard uncertainty of the time, such as 0.3
 * @param energyMicrojoules energy, absent when the profile has no power figure (unknown, never 0)
 * @param energyUncertainty relative standard uncertainty of the energy, absent with it
 * @param published true when the figure is a published row for this very network
 */
public record Estimate(
        double latencyMicros,
        double latencyUncertainty,
        @Nullable Double energyMicrojoules,
        @Nullable Double energyUncertainty,
        boolean published) {
    /** The standard normal's 90th percentile: an estimate's p90 lies this many standard uncertainties above it. */
    private static final double P90_DEVIATE = 1.2815515655446004;

    /** Time that nine in ten runs keep within, milliseconds. */
    public double latencyMillisP90() {
        return latencyMicros / 1000 * (1 + P90_DEVIATE * latencyUncertainty);
    }

    /** Energy that nine in ten runs keep within, millijoules; absent when unknown. */
    public OptionalDouble energyMillijoulesP90() {
        return energyMicrojoules == null || energyUncertainty == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(energyMicrojoules / 1000 * (1 + P90_DEVIATE * energyUncertainty));
    }
}
