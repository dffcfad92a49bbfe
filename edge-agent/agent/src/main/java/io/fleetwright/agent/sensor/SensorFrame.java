package io.fleetwright.agent.sensor;

import io.fleetwright.trust.Digest;
import org.jspecify.annotations.Nullable;

/** What a sensor saw once. Several devices may look at the same frame. */
public final class SensorFrame {
    private final long number;
    private final byte[] bytes;
    private volatile @Nullable String digest;

    /**
     * @param number from 1, see {@link io.fleetwright.telemetry.wire.TaskResult.Frame}
     * @param bytes int8 codes, as a network takes them, or what transforms make its input of; nobody changes them
     */
    public SensorFrame(long number, byte[] bytes) {
        this.number = number;
        this.bytes = bytes;
    }

    public long number() {
        return number;
    }

    public byte[] bytes() {
        return bytes;
    }

    /** Of the bytes; computed when it is first asked for, which takes long for a large frame. */
    public String digest() {
        String known = digest;
        if (known == null) {
            known = Digest.of(bytes).value();
            digest = known;
        }
        return known;
    }
}
