package io.fleetwright.tests.simulation;

/** The process ends here; an error, so that no code under test takes it for something it could handle. */
final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash(String where) {
        super(where, null, false, false);
    }
}
