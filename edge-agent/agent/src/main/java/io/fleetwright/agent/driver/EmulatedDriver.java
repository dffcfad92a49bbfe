package io.fleetwright.agent.driver;

import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.Estimate;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.EnergyMethod;

/**
 * Computes the real bytes; time and energy are what a published profile says, every time the same, and are marked so.
 */
public final class EmulatedDriver implements Driver {
    private final String name;
    private final DeviceProfile profile;

    public EmulatedDriver(String name, DeviceProfile profile) {
        this.name = name;
        this.profile = profile;
    }

    @Override
    public Birth.Device device() {
        return new Birth.Device(name, profile.deviceClass(), "emulated", profile.id(), true, profile.memoryBytes());
    }

    @Override
    public EnergyMethod energyMethod() {
        return profile.rows().stream().anyMatch(row -> row.energyMillijoules() != null)
                ? EnergyMethod.MODEL
                : EnergyMethod.UNKNOWN;
    }

    @Override
    public Measured run(Program program, byte[] input) {
        return modelled(program, program.run(input), program.share());
    }

    @Override
    public void prepare(Program program, Program.Cut cut) {
        program.prepare(cut);
    }

    /** A stretch takes its share of the multiply-accumulates, of time and of energy. */
    @Override
    public Measured run(Program program, Program.Cut cut, byte[] input) {
        return modelled(program, program.run(cut, input), program.share(cut));
    }

    private Measured modelled(Program program, byte[] output, double share) {
        Estimate estimate = profile.estimate(program.model(), program.macs());
        Double energy = estimate.energyMicrojoules();
        return new Measured(
                output,
                estimate.latencyMicros() * share,
                estimate.latencyUncertainty(),
                true,
                energy == null ? null : energy * share,
                energy == null ? EnergyMethod.UNKNOWN : EnergyMethod.MODEL,
                estimate.energyUncertainty());
    }
}
