package io.fleetwright.agent.driver;

import io.fleetwright.telemetry.wire.EnergyMethod;
import org.jspecify.annotations.Nullable;

/**
 * One inference: its output, time and energy.
 *
 * @param output output tensors, one after the other
 * @param latencyMicros time of the inference alone
 * @param latencyUncertainty relative standard uncertainty of the time, absent when not known
 * @param modelled true when the time comes from a profile; the result must then not be seen before that time has passed
 * @param energyMicrojoules energy of the inference, absent when unknown (never 0 for unknown)
 * @param energyMethod how the energy came about
 * @param energyUncertainty relative standard uncertainty of the energy, absent with it
 */
public record Measured(
        byte[] output,
        double latencyMicros,
        @Nullable Double latencyUncertainty,
        boolean modelled,
        @Nullable Double energyMicrojoules,
        EnergyMethod energyMethod,
        @Nullable Double energyUncertainty) {
    /** The same with another output: what was made of this one. */
    public Measured with(byte[] made) {
        return new Measured(
                made, latencyMicros, latencyUncertainty, modelled, energyMicrojoules, energyMethod, energyUncertainty);
    }
}
