package io.fleetwright.forge.select;

/** A limit that may give way when no variant meets them all; memory, operators and bits never do. */
public enum Relaxation {
    /** Energy may be anything. */
    ENERGY,
    /** Latency may be a quarter longer. */
    LATENCY,
    /** Accuracy may be anything. */
    ACCURACY;

    /** How much longer latency may be. */
    public static final double LATENCY_FACTOR = 1.25;
}
