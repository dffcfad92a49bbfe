package io.fleetwright.agent.sensor;

import io.fleetwright.telemetry.wire.Birth.SensorKind;
import java.util.Optional;

/** Gives frames. Devices of a node may ask at the same time. */
public interface Sensor {
    SensorKind kind();

    /**
     * A frame of exactly so many bytes, empty when there is none just now.
     *
     * @param bytes at least 1
     */
    Optional<SensorFrame> take(int bytes);
}
