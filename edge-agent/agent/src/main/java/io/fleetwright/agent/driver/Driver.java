package io.fleetwright.agent.driver;

import io.fleetwright.runtime.OperatorTimer;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.EnergyMethod;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Runs programs on one device. Called away from the core's thread, by one thread at a time. What it throws costs the attempt, and a
 * version on trial its place. For devices that another program works, see {@link PipeDriver}.
 */
public interface Driver {
    /** How the device presents itself in a birth. */
    Birth.Device device();

    /** How energy figures come about; {@link EnergyMethod#UNKNOWN} when there are none. */
    EnergyMethod energyMethod();

    /**
     * A version is about to be used on the device. Called once for each that is loaded, before any of its runs.
     *
     * @param program made ready, with its self-test passed on this board's own runtime
     * @param artifact the whole file
     * @param unwanted true once nobody waits for it any more
     * @return why the device cannot run it, for a person; empty when it can
     * @throws CancellationException when it is unwanted before its end
     */
    default Optional<String> admit(Program program, byte[] artifact, BooleanSupplier unwanted) {
        return Optional.empty();
    }

    /** Whether {@link #timer} gives something for a program, sooner or later. */
    default boolean timesOperators() {
        return false;
    }

    /**
     * Begins to time the operators of a program as the device runs them; its {@link OperatorTimer#run} belongs on the device's thread.
     * Empty where the device cannot tell what an operator takes, and while it is not settled how the program is computed.
     */
    default Optional<OperatorTimer> timer(Program program) {
        return Optional.empty();
    }

    /** Makes ready what a stretch needs, so that its next {@link #run(Program, Program.Cut, byte[])} only computes. On the device's thread. */
    default void prepare(Program program, Program.Cut cut) {}

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
