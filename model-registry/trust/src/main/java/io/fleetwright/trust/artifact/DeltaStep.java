package io.fleetwright.trust.artifact;

/** One stretch of a target, in order; every {@code length} is at least 1. */
sealed interface DeltaStep {
    int length();

    /** Bytes that the base does not have. */
    record Insert(int length) implements DeltaStep {}

    /** Bytes of the base from {@code from} on. */
    record Copy(int from, int length) implements DeltaStep {}

    /** Bytes of the base from {@code from} on, each with a difference added. */
    record Adjust(int from, int length) implements DeltaStep {}
}
