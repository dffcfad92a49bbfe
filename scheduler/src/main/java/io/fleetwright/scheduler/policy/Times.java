package io.fleetwright.scheduler.policy;

/** The one rule for times that come in: finite, not before 0. */
final class Times {
    private Times() {}

    static void check(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("%s (%s) must be finite and at least 0".formatted(name, value));
        }
    }
}
