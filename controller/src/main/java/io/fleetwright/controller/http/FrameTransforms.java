package io.fleetwright.controller.http;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Refusal;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Makes networks' inputs of frames that callers sent, a few at a time: a frame of a few bytes may be made to 4 million values four times over
 * on the way, more than a second of a core.
 */
final class FrameTransforms {
    static final int AT_A_TIME_MAX = 2;
    private static final Duration WAIT_MAX = Duration.ofSeconds(10);

    private final int atATimeMax;
    private final Duration waitMax;
    private final Semaphore places;

    FrameTransforms() {
        this(AT_A_TIME_MAX, WAIT_MAX);
    }

    FrameTransforms(int atATimeMax, Duration waitMax) {
        this.atATimeMax = atATimeMax;
        this.waitMax = waitMax;
        this.places = new Semaphore(atATimeMax, true);
    }

    /**
     * What is done before the network, in its turn; the value itself where nothing is.
     *
     * @throws Refusal when it does not fit, or no place becomes free in time
     */
    byte[] input(Chains chains, byte[] value) {
        if (chains.before().isEmpty()) {
            return value;
        }
        try {
            if (!places.tryAcquire(waitMax.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Refusal(Refusal.Kind.TOO_MANY, "%d inputs are being transformed".formatted(atATimeMax));
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "stopped before the input was transformed");
        }
        try {
            return chains.input(value);
        } finally {
            places.release();
        }
    }
}
