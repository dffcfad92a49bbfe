package io.fleetwright.zoo.data;

import io.fleetwright.zoo.train.MixingRandom;

/** What samples are for. */
public enum Split {
    /** A network may learn from these. */
    TRAIN(0x7472_6169_6E00_0001L),
    /** A network is judged by these. */
    TEST(0x7465_7374_0000_0002L);

    private final long salt;

    Split(long salt) {
        this.salt = salt;
    }

    long seed(long seed) {
        return MixingRandom.mix(seed ^ salt);
    }
}
