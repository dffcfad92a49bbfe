package io.fleetwright.scheduler.policy;

import java.util.List;

/**
 * Everything that a placement was decided from. {@link #replay} gives the same decisions again, on any machine and at any
 * later time, with what each candidate meant.
 *
 * @param requests in the order in which they were placed
 */
public record Snapshot(List<TaskRequest> requests, List<DeviceState> devices) {
    public static final int REQUESTS_MAX = 10_000;
    public static final int DEVICES_MAX = 100_000;

    public Snapshot {
        requests = List.copyOf(requests);
        devices = List.copyOf(devices);
        if (requests.size() > REQUESTS_MAX || devices.size() > DEVICES_MAX) {
            throw new IllegalArgumentException("%d requests and %d devices, %d and %d allowed"
                    .formatted(requests.size(), devices.size(), REQUESTS_MAX, DEVICES_MAX));
        }
    }

    /** What {@code dispatcher} decides. */
    public List<PlacementDecision> replay(Dispatcher dispatcher) {
        return dispatcher.dispatch(requests, devices);
    }
}
