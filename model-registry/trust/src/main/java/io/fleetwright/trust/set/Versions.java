package io.fleetwright.trust.set;

import java.time.Instant;

/** Ranges that all documents share. */
final class Versions {
    private Versions() {}

    static void require(long version, Instant time) {
        requireNumber("version", version);
        requireNumber("time", time.getEpochSecond());
        if (time.getNano() != 0) {
            throw new IllegalArgumentException("time (%s) must be whole seconds".formatted(time));
        }
    }

    static void requireNumber(String name, long value) {
        if (value < 1 || value > DocumentReader.NUMBER_MAX) {
            throw new IllegalArgumentException(
                    "%s (%d) must be 1 to %d".formatted(name, value, DocumentReader.NUMBER_MAX));
        }
    }
}
