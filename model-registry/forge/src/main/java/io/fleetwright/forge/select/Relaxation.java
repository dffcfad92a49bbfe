package io.fleetwright.forge.select;

/** A limit that may give way when no variant meets them all; memory, operators and bits never do. */
public enum Relaxation {
    /** Latency and energy that nobody knows yet may be anything, as on a board that never ran the variant. */
    UNKNOWN_COST,
    /** Energy may be anything. */
    ENERGY,
    /** Latency may be a quarter longer. */
    LATENCY,
    /** Accuracy may be anything. */
    ACCURACY;

    /** How much longer latency may be. */
    public static final double LATENCY_FACTOR = 1.25;
}
