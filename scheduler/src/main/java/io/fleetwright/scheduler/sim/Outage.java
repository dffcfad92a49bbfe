package io.fleetwright.scheduler.sim;

/** A device is gone from {@code fromMicros} until {@code untilMicros}; infinite when it never comes back. */
public record Outage(int device, double fromMicros, double untilMicros) {
    public Outage {
        if (device < 0 || !(fromMicros >= 0 && fromMicros < untilMicros)) {
            throw new InvalidWorkloadException("outage of device %d from %s to %s us must have 0 <= from < to"
                    .formatted(device, fromMicros, untilMicros));
        }
    }
}
