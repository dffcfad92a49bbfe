package io.fleetwright.scheduler.platform;

import java.util.Set;

/**
 * What a device has for tasks.
 *
 * @param operators that it runs; empty for all
 * @param precisions that it computes in, such as {@code int8}; empty for all
 * @param memory in the unit of {@link Needs#memory}; infinite for no limit
 * @param location where it stands; empty if that is not known
 * @param tenants that it serves; empty for all
 */
public record Offer(
        Set<String> operators, Set<String> precisions, double memory, String location, Set<String> tenants) {
    /** No limit at all, at an unknown place. */
    public static final Offer EVERYTHING = new Offer(Set.of(), Set.of(), Double.POSITIVE_INFINITY, "", Set.of());

    public Offer {
        operators = Set.copyOf(operators);
        precisions = Set.copyOf(precisions);
        tenants = Set.copyOf(tenants);
        if (!(memory >= 0)) {
            throw new IllegalArgumentException("memory (%s) must be at least 0".formatted(memory));
        }
    }

    /** The same with these operators only. */
    public Offer withOperators(Set<String> wanted) {
        return new Offer(wanted, precisions, memory, location, tenants);
    }

    /** The same with so much memory. */
    public Offer withMemory(double wanted) {
        return new Offer(operators, precisions, wanted, location, tenants);
    }
}
