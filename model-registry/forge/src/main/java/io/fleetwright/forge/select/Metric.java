package io.fleetwright.forge.select;

import java.util.OptionalDouble;

/** A figure by which variants are limited and compared. */
public enum Metric {
    /** Fraction of right answers; more is better. */
    ACCURACY(""),
    /** 90th percentile of one inference; less is better. */
    LATENCY(" ms"),
    /** 90th percentile of one inference's energy; less is better. */
    ENERGY(" mJ");

    private final String unit;

    Metric(String unit) {
        this.unit = unit;
    }

    /** The candidate's figure, or nothing when it is not known. */
    OptionalDouble of(Candidate candidate) {
        return switch (this) {
            case ACCURACY -> candidate.accuracy();
            case LATENCY -> candidate.latencyMillis();
            case ENERGY -> candidate.energyMillijoules();
        };
    }

    /** True when {@code figure} is on the wrong side of {@code limit}. */
    boolean breaks(double figure, double limit) {
        return this == ACCURACY ? figure < limit : figure > limit;
    }

    /** The figure with its unit. */
    String text(double figure) {
        return "%.6g%s".formatted(figure, unit);
    }
}
