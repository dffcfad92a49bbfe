package io.fleetwright.scheduler.platform;

import java.util.OptionalDouble;

/**
 * One compute unit that runs one task at a time.
 *
 * @param id what the rest of the system calls it; within a platform a device is its position
 * @param readyTime when it has finished what it was given before this problem; finite, at least 0
 * @param watts what it draws while it runs a task, for problems in seconds; finite, at least 0, or not a number if unknown
 */
public record Device(String id, double readyTime, double watts) {
    /** A device of unknown power. */
    public Device(String id, double readyTime) {
        this(id, readyTime, Double.NaN);
    }

    public Device {
        if (id.isBlank()) {
            throw new IllegalArgumentException("device id must not be blank");
        }
        if (!(readyTime >= 0 && readyTime < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "readyTime (%s) of device '%s' must be finite and at least 0".formatted(readyTime, id));
        }
        if (watts < 0 || watts == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "watts (%s) of device '%s' must be finite and at least 0".formatted(watts, id));
        }
    }

    /** Energy of a run; empty where the power is unknown. */
    public OptionalDouble joules(double seconds) {
        return Double.isNaN(watts) ? OptionalDouble.empty() : OptionalDouble.of(watts * seconds);
    }
}
