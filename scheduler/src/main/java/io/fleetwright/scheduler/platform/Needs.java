package io.fleetwright.scheduler.platform;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a task demands of the device that runs it.
 *
 * @param operators all of these
 * @param precision what it computes in, such as {@code int8}; empty if it does not matter
 * @param memory that it takes; 0 if that is not known
 * @param locations one of these; empty for anywhere
 * @param tenant whose it is; empty for nobody's, which every device takes
 */
public record Needs(Set<String> operators, String precision, double memory, Set<String> locations, String tenant) {
    /** Any device will do. */
    public static final Needs NOTHING = new Needs(Set.of(), "", 0, Set.of(), "");

    public Needs {
        operators = Set.copyOf(operators);
        locations = Set.copyOf(locations);
        if (!(memory >= 0 && memory < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("memory (%s) must be finite and at least 0".formatted(memory));
        }
    }

    /** A demand that a device does not meet, and by what. */
    public record Unmet(Constraint constraint, String detail) {}

    /** The first demand, in the order of {@link Constraint}, that a device of this offer does not meet; empty if it meets all. */
    public Optional<Unmet> unmetBy(Offer offer) {
        if (!offer.operators().isEmpty() && !offer.operators().containsAll(operators)) {
            Set<String> missing = new TreeSet<>(operators);
            missing.removeAll(offer.operators());
            return unmet(Constraint.OPERATOR, "lacks " + String.join(", ", missing));
        }
        if (!precision.isEmpty() && excludes(offer.precisions(), precision)) {
            return unmet(
                    Constraint.PRECISION, "computes in %s, not in %s".formatted(list(offer.precisions()), precision));
        }
        if (memory > offer.memory()) {
            return unmet(Constraint.MEMORY, "has %s of the %s that it takes".formatted(offer.memory(), memory));
        }
        if (excludes(locations, offer.location())) {
            return unmet(
                    Constraint.LOCATION,
                    "stands %s, the task must stay in %s"
                            .formatted(
                                    offer.location().isEmpty() ? "nobody knows where" : "in " + offer.location(),
                                    list(locations)));
        }
        if (!tenant.isEmpty() && excludes(offer.tenants(), tenant)) {
            return unmet(Constraint.TENANT, "serves %s, not %s".formatted(list(offer.tenants()), tenant));
        }
        return Optional.empty();
    }

    private static boolean excludes(Set<String> allowed, String value) {
        return !allowed.isEmpty() && !allowed.contains(value);
    }

    private static Optional<Unmet> unmet(Constraint constraint, String detail) {
        return Optional.of(new Unmet(constraint, detail));
    }

    private static String list(Set<String> values) {
        return String.join(", ", new TreeSet<>(values));
    }
}
