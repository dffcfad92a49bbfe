package io.fleetwright.scheduler.policy;

import java.util.List;

/** Answer to a {@link TaskRequest}. */
public sealed interface PlacementDecision {
    record Placed(Placement placement) implements PlacementDecision {}

    /** No device can take it; one reason per device, by device id, and none when there are no devices. */
    record Refused(String task, List<Candidate.Impossible> reasons) implements PlacementDecision {
        public Refused {
            reasons = List.copyOf(reasons);
        }
    }
}
