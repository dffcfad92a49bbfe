package io.fleetwright.scheduler.policy;

import java.util.Map;

/**
 * A task that is ready to be placed. All times of one call are in one unit, on one time line.
 *
 * @param releaseTime not before this; normally now
 * @param deadline when it must be finished; {@link #NO_DEADLINE} for whenever
 * @param options what is known per device id; a device that is missing here is no candidate
 */
public record TaskRequest(String task, double releaseTime, double deadline, Map<String, DeviceOption> options) {
    public static final double NO_DEADLINE = Double.POSITIVE_INFINITY;

    public TaskRequest {
        Times.check("releaseTime", releaseTime);
        if (!(deadline >= 0)) {
            throw new IllegalArgumentException("deadline (%s) must be at least 0".formatted(deadline));
        }
        options = Map.copyOf(options);
    }

    public TaskRequest(String task, double releaseTime, Map<String, DeviceOption> options) {
        this(task, releaseTime, NO_DEADLINE, options);
    }
}
