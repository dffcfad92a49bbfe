package io.fleetwright.scheduler.sim;

/**
 * Who owns jobs, and how much of the platform it is to have when it is short.
 *
 * @param weight device time that it gets for each unit that a tenant of weight 1 gets
 */
public record Tenant(String name, double weight) {
    public static final double WEIGHT_MIN = 1e-3;
    public static final double WEIGHT_MAX = 1e3;

    public Tenant {
        if (name.isBlank()) {
            throw new InvalidWorkloadException("a tenant must have a name");
        }
        if (!(weight >= WEIGHT_MIN && weight <= WEIGHT_MAX)) {
            throw new InvalidWorkloadException(
                    "weight (%s) of tenant '%s' must be %s to %s".formatted(weight, name, WEIGHT_MIN, WEIGHT_MAX));
        }
    }
}
