package io.fleetwright.agent.energy;

import io.fleetwright.telemetry.wire.EnergyMethod;
import org.jspecify.annotations.Nullable;

/** Measures the energy of one stretch of work at a time. Used by one thread at a time. */
public interface EnergyMeter {
    /**
     * Energy of one stretch.
     *
     * @param microjoules more than 0
     * @param uncertainty relative standard uncertainty
     */
    record Reading(double microjoules, double uncertainty) {}

    EnergyMethod method();

    /** The work begins. */
    void begin();

    /**
     * The work has ended.
     *
     * @param micros how long it took
     * @return its energy, or null when this time it cannot be told
     */
    @Nullable
    Reading end(double micros);

    /** Knows nothing, and says so. */
    static EnergyMeter none() {
        return new EnergyMeter() {
            @Override
            public EnergyMethod method() {
                return EnergyMethod.UNKNOWN;
            }

            @Override
            public void begin() {
                // Nothing to read.
            }

            @Override
            public @Nullable Reading end(double micros) {
                return null;
            }
        };
    }
}
