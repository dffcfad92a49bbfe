package io.fleetwright.telemetry.profile;

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
        boolean published) {}
