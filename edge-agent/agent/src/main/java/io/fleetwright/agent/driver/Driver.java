package io.fleetwright.agent.driver;

import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.EnergyMethod;

/** Runs programs on one device. Called away from the core's thread, by one thread at a time. */
public interface Driver {
    /** How the device presents itself in a birth. */
    Birth.Device device();

    /** How energy figures come about; {@link EnergyMethod#UNKNOWN} when there are none. */
    EnergyMethod energyMethod();

    /**
     * One inference.
     *
     * @param input exactly {@link Program#inputBytes()} bytes
     */
    Measured run(Program program, byte[] input);

    /**
     * A stretch of an inference.
     *
     * @param input exactly {@link Program#inputBytes(Program.Cut)} bytes
     */
    Measured run(Program program, Program.Cut cut, byte[] input);
}
