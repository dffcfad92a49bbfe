package io.fleetwright.agent.sensor;

import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The sensors of a node, by name. */
public final class Sensors {
    /** A node without any. */
    public static final Sensors NONE = new Sensors(Map.of());

    /** Begins the task of a tensor that is a frame: {@code sensor.} and the sensor's name. */
    public static final String TASK = "sensor.";

    private final Map<String, Sensor> byName;

    /** @throws IllegalArgumentException for a name that is none, or more than {@link Limits#SENSORS_PER_NODE_MAX} */
    public Sensors(Map<String, Sensor> byName) {
        this.byName = Collections.unmodifiableMap(new TreeMap<>(byName));
        if (byName.size() > Limits.SENSORS_PER_NODE_MAX) {
            throw new IllegalArgumentException(
                    "%d sensors, at most %d".formatted(byName.size(), Limits.SENSORS_PER_NODE_MAX));
        }
        for (String name : byName.keySet()) {
            if (!Birth.Sensor.NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("sensor (%s) must match %s".formatted(name, Birth.Sensor.NAME));
            }
        }
    }

    /** As the birth names them. */
    public List<Birth.Sensor> announced() {
        return byName.entrySet().stream()
                .map(sensor ->
                        new Birth.Sensor(sensor.getKey(), sensor.getValue().kind()))
                .toList();
    }

    public Optional<Sensor> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** Whether a tensor is a frame, not the input of a work order. */
    public static boolean isFrame(Tensor tensor) {
        return tensor.task().startsWith(TASK);
    }

    /**
     * Takes a stretch of a frame from another node.
     *
     * @return false when no sensor wants it
     */
    public boolean offer(String from, Tensor stretch) {
        return byName.get(stretch.task().substring(TASK.length())) instanceof MqttSensor sensor
                && sensor.offer(from, stretch);
    }
}
