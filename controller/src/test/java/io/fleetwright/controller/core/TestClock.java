package io.fleetwright.controller.core;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until it is told to move. */
public final class TestClock implements InstantSource {
    public static final Instant START = Instant.ofEpochMilli(1_800_000_000_000L);

    private long millis = START.toEpochMilli();

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis);
    }

    public void advance(Duration time) {
        millis += time.toMillis();
    }
}
