package io.fleetwright.scheduler.platform;

/**
 * One compute unit that runs one task at a time.
 *
 * @param id what the rest of the system calls it; within a platform a device is its position
 * @param readyTime when it has finished what it was given before this problem; finite, at least 0
 */
public record Device(String id, double readyTime) {
    public Device {
        if (id.isBlank()) {
            throw new IllegalArgumentException("device id must not be blank");
        }
        if (!(readyTime >= 0 && readyTime < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "readyTime (%s) of device '%s' must be finite and at least 0".formatted(readyTime, id));
        }
    }
}
