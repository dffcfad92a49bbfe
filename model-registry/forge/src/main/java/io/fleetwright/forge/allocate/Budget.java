package io.fleetwright.forge.allocate;

/**
 * The most that a network may cost.
 *
 * @param limit in the measure's unit, finite
 */
public record Budget(Measure measure, double limit) {
    /** Sums of different order differ in their last digits: a cost this part above its limit still meets it. */
    private static final double SLACK = 1e-9;

    public Budget {
        if (!Double.isFinite(limit)) {
            throw new IllegalArgumentException("%s budget (%s) must be finite".formatted(measure.word(), limit));
        }
    }

    /**
     * A budget between all layers at 4 bits (fraction 0) and all at 8 (fraction 1).
     *
     * @throws IllegalArgumentException if the fraction is outside 0 to 1 or the table lacks the measure
     */
    public static Budget between(LayerTable table, Measure measure, double fraction) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException(
                    "fraction (%s) of %s must be 0 to 1".formatted(fraction, measure.word()));
        }
        double four = table.uniformCost(measure, 4);
        return new Budget(measure, four + fraction * (table.uniformCost(measure, 8) - four));
    }

    /** True when {@code cost} is within the budget. */
    public boolean admits(double cost) {
        return cost <= limit + SLACK * Math.abs(limit);
    }
}
