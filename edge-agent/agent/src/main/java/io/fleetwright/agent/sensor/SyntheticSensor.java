package io.fleetwright.agent.sensor;

import io.fleetwright.telemetry.wire.Birth.SensorKind;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Made-up pictures. Frame {@code n} of a seed is the same on every board and after every start. */
public final class SyntheticSensor implements Sensor {
    private final long seed;
    private final AtomicLong frames = new AtomicLong();

    public SyntheticSensor(long seed) {
        this.seed = seed;
    }

    @Override
    public SensorKind kind() {
        return SensorKind.SYNTHETIC;
    }

    @Override
    public Optional<SensorFrame> take(int bytes) {
        long number = frames.incrementAndGet();
        return Optional.of(new SensorFrame(number, frame(seed, number, bytes)));
    }

    /** The frame of that number, so that an answer can be computed again. */
    public static byte[] frame(long seed, long number, int bytes) {
        return new SyntheticInputs(seed + number).next(bytes);
    }
}
