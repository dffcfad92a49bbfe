package io.fleetwright.controller.node;

import io.fleetwright.telemetry.wire.Birth;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The sensors that a node's birth names, as its row has them: {@code name=kind}, comma separated, by name.
 *
 * @param kinds by the sensor's name, {@code folder}, {@code synthetic} or {@code mqtt}
 */
public record NodeSensors(Map<String, String> kinds) {
    static String text(List<Birth.Sensor> sensors) {
        Map<String, String> kinds = new TreeMap<>();
        sensors.forEach(sensor -> kinds.put(sensor.name(), sensor.kind().name().toLowerCase(Locale.ROOT)));
        return kinds.entrySet().stream()
                .map(sensor -> sensor.getKey() + "=" + sensor.getValue())
                .collect(Collectors.joining(","));
    }

    /** What a node has. */
    public static NodeSensors of(NodeRow node) {
        Map<String, String> kinds = new TreeMap<>();
        if (!node.sensors.isEmpty()) {
            Arrays.stream(node.sensors.split(",", -1))
                    .map(one -> one.split("=", 2))
                    .forEach(one -> kinds.put(one[0], one[1]));
        }
        return new NodeSensors(kinds);
    }

    public boolean has(String name) {
        return kinds.containsKey(name);
    }
}
