package io.fleetwright.agent.driver;

import java.util.function.Consumer;
import java.util.function.Supplier;

/** Where work on devices runs, so that the core never computes. */
@FunctionalInterface
public interface DriverHost {
    /**
     * Runs {@code work} and hands its value to {@code done}.
     *
     * <p>Works of one device run one at a time, in the order given. {@code done} runs on the core's thread, and may run
     * before this returns (a simulation runs both at once). {@code work} does not throw.
     */
    <T> void run(String device, Supplier<T> work, Consumer<T> done);
}
