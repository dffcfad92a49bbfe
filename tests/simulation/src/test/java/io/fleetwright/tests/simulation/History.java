package io.fleetwright.tests.simulation;

import io.fleetwright.controller.store.MemoryStore;
import java.util.SplittableRandom;

/** What all parts of one history share. */
record History(
        long seed,
        Focus focus,
        Sabotage sabotage,
        SplittableRandom random,
        Timeline time,
        Weather weather,
        MemoryStore store,
        RolloutChecks checks) {
    static final String TENANT = "default";
    static final long START_MILLIS = 1_767_225_600_000L;
    static final long STORM_MILLIS = 60_000;

    /** What the operators of a history mostly do. */
    enum Focus {
        JOBS,
        ROLLOUTS
    }

    static History of(long seed, Weather.Faults faults, Focus focus, Sabotage sabotage) {
        SplittableRandom random = new SplittableRandom(seed);
        Timeline time = new Timeline(START_MILLIS);
        MemoryStore store = new MemoryStore();
        return new History(
                seed,
                focus,
                sabotage,
                random,
                time,
                new Weather(time, random, faults),
                store,
                new RolloutChecks(seed, store));
    }
}
