package io.fleetwright.scheduler.policy;

/** A device as the snapshot saw it: {@code readyTime} is when it has done what it was already given. */
public record DeviceState(String device, double readyTime) {
    public DeviceState {
        Times.check("readyTime", readyTime);
    }
}
