package io.fleetwright.scheduler.policy;

import java.util.List;

/** Places newly ready tasks. Pure: no clock and no chance, the same arguments give the same answer. */
@FunctionalInterface
public interface Dispatcher {
    /**
     * One decision per request, in the order of the requests; each placement counts as done for the later ones.
     *
     * @throws IllegalArgumentException if a device is listed more than once
     */
    List<PlacementDecision> dispatch(List<TaskRequest> requests, List<DeviceState> devices);
}
