package io.fleetwright.scheduler.sim;

import java.util.List;

/**
 * Measured power of a cluster.
 *
 * @param megahertzMax holds up to this frequency, at which it was measured
 * @param watts {@code watts[k-1]} with {@code k} devices busy, leakage included
 */
public record PowerProfile(double megahertzMax, List<Double> watts) {
    public PowerProfile {
        watts = List.copyOf(watts);
        for (double value : watts) {
            if (!(value >= 0 && value <= 1e6)) {
                throw new InvalidWorkloadException("power (%s W) must be 0 to 1e6".formatted(value));
            }
        }
    }
}
