package io.fleetwright.agent.driver;

import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.Estimate;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.EnergyMethod;
import java.util.random.RandomGenerator;

/** Computes the real bytes; time and energy come from a published profile and are marked so. */
public final class EmulatedDriver implements Driver {
    /** Spread between runs, as a relative standard deviation; small beside the profile's own uncertainty. */
    private static final double SPREAD = 0.02;

    private final String name;
    private final DeviceProfile profile;
    private final RandomGenerator random;

    public EmulatedDriver(String name, DeviceProfile profile, RandomGenerator random) {
        this.name = name;
        this.profile = profile;
        this.random = random;
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
        byte[] output = program.run(input);
        Estimate estimate = profile.estimate(program.model(), program.macs());
        double factor = Math.exp(SPREAD * random.nextGaussian());
        Double energy = estimate.energyMicrojoules();
        return new Measured(
                output,
                estimate.latencyMicros() * factor,
                estimate.latencyUncertainty(),
                true,
                energy == null ? null : energy * factor,
                energy == null ? EnergyMethod.UNKNOWN : EnergyMethod.MODEL,
                estimate.energyUncertainty());
    }
}
