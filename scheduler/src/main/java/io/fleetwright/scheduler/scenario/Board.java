package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.partition.Tier;
import java.util.List;

/**
 * A board of the fleet.
 *
 * @param tiers its costs for each network of the setting
 * @param idleWatts drawn while it does not compute, at least 0
 * @param batteryJoules usable at the start, above 0; infinite on mains
 */
public record Board(String name, List<Tier> tiers, double idleWatts, Radio radio, double batteryJoules) {
    public Board {
        tiers = List.copyOf(tiers);
        if (!(idleWatts >= 0) || Double.isInfinite(idleWatts) || !(batteryJoules > 0)) {
            throw new IllegalArgumentException("%s: idle power (%s W) must be at least 0, battery (%s J) above 0"
                    .formatted(name, idleWatts, batteryJoules));
        }
    }

    /** The same board with no battery that could end. */
    public Board onMains() {
        return new Board(name, tiers, idleWatts, radio, Double.POSITIVE_INFINITY);
    }

    boolean isOnMains() {
        return Double.isInfinite(batteryJoules);
    }
}
