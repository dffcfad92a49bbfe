package io.fleetwright.controller.core;

import java.time.Duration;

/**
 * Times and bounds of the core.
 *
 * @param heartbeat how often a node says that it is there; three missed ones make it lost
 * @param rolloutTargetLimit how long one device may take to run what it was told to
 * @param attemptLimit how long one attempt at a task may stay unanswered before the next one
 * @param attemptsMax attempts at one task
 * @param jobsOpenMax jobs that may be queued or running in one tenant
 * @param nodesMax nodes of one tenant
 * @param probes whether devices are asked to run what nobody knows well enough how long they take for
 * @param placing how jobs that wait find their devices
 */
public record Settings(
        Duration heartbeat,
        Duration rolloutTargetLimit,
        Duration attemptLimit,
        int attemptsMax,
        int jobsOpenMax,
        int nodesMax,
        boolean probes,
        Placing placing) {
    public static final Settings DEFAULTS =
            new Settings(Duration.ofSeconds(5), Duration.ofSeconds(120), Duration.ofSeconds(5), 4, 2000, 10_000);

    /** Without probes. */
    public Settings(
            Duration heartbeat,
            Duration rolloutTargetLimit,
            Duration attemptLimit,
            int attemptsMax,
            int jobsOpenMax,
            int nodesMax) {
        this(heartbeat, rolloutTargetLimit, attemptLimit, attemptsMax, jobsOpenMax, nodesMax, false, Placing.DEFAULT);
    }

    /** The same, with or without probes. */
    public Settings probing(boolean yes) {
        return new Settings(
                heartbeat, rolloutTargetLimit, attemptLimit, attemptsMax, jobsOpenMax, nodesMax, yes, placing);
    }

    /** The same, with another way to place jobs. */
    public Settings placing(Placing other) {
        return new Settings(
                heartbeat, rolloutTargetLimit, attemptLimit, attemptsMax, jobsOpenMax, nodesMax, probes, other);
    }

    public Settings {
        requireMillis("heartbeat", heartbeat);
        requireMillis("rolloutTargetLimit", rolloutTargetLimit);
        requireMillis("attemptLimit", attemptLimit);
        if (attemptsMax < 1 || jobsOpenMax < 1 || nodesMax < 1) {
            throw new IllegalArgumentException("attemptsMax (%d), jobsOpenMax (%d) and nodesMax (%d) must be at least 1"
                    .formatted(attemptsMax, jobsOpenMax, nodesMax));
        }
    }

    private static void requireMillis(String name, Duration value) {
        if (value.toMillis() < 1 || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("%s (%s) must be from 1 ms to 1 day".formatted(name, value));
        }
    }
}
