package io.fleetwright.scheduler.sim;

/** From {@code atMicros} on, transfers between the two clusters (positions among those that compute) take longer. */
public record LinkChange(double atMicros, int clusterA, int clusterB, double timeFactor) {
    public LinkChange {
        if (!(atMicros >= 0 && atMicros < Double.POSITIVE_INFINITY)
                || clusterA < 0
                || clusterB < 0
                || !(timeFactor > 0 && timeFactor <= 1e6)) {
            throw new InvalidWorkloadException("link change at %s us of clusters %d and %d by factor %s is not valid"
                    .formatted(atMicros, clusterA, clusterB, timeFactor));
        }
    }
}
