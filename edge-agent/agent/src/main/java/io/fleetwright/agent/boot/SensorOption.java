package io.fleetwright.agent.boot;

import io.fleetwright.agent.boot.AgentOptions.UsageException;
import io.fleetwright.agent.sensor.FolderSensor;
import io.fleetwright.agent.sensor.MqttSensor;
import io.fleetwright.agent.sensor.Sensor;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One {@code --sensor}.
 *
 * @param node absent for the first node of the process
 */
record SensorOption(@Nullable String node, String name, Sensor sensor) {
    private static final Pattern FORM =
            Pattern.compile("(?:([a-z0-9-]{1,48})/)?([a-z0-9][a-z0-9.-]{0,63})=(folder|synthetic|mqtt):(.{1,4096})");
    private static final Pattern SEED = Pattern.compile("[0-9]{1,18}");

    static SensorOption parse(String text) throws UsageException {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new UsageException(
                    "--sensor (%s) must be name=folder:path, name=synthetic:seed or name=mqtt:node, with node/ before it for one of several nodes"
                            .formatted(text));
        }
        String value = matcher.group(4);
        Sensor sensor = switch (matcher.group(3)) {
            case "folder" -> new FolderSensor(folder(text, value));
            case "synthetic" -> {
                if (!SEED.matcher(value).matches()) {
                    throw new UsageException("--sensor (%s): seed must be a whole number from 0".formatted(text));
                }
                yield new SyntheticSensor(Long.parseLong(value));
            }
            default -> {
                if (!NodeAddress.isId(value)) {
                    throw new UsageException("--sensor (%s): node must match [a-z0-9-]{1,48}".formatted(text));
                }
                yield new MqttSensor(value);
            }
        };
        return new SensorOption(matcher.group(1), matcher.group(2), sensor);
    }

    private static Path folder(String text, String value) throws UsageException {
        try {
            Path folder = Path.of(value);
            if (Files.isDirectory(folder)) {
                return folder;
            }
        } catch (InvalidPathException notAPath) {
            throw new UsageException("--sensor (%s): there is no such folder".formatted(text));
        }
        throw new UsageException("--sensor (%s): there is no such folder".formatted(text));
    }

    /**
     * The sensors of each node that has any.
     *
     * @param first node of those that name none
     * @param nodes all of the process
     */
    static Map<String, Sensors> byNode(List<SensorOption> options, String first, Set<String> nodes)
            throws UsageException {
        Map<String, Map<String, Sensor>> named = new HashMap<>();
        for (SensorOption option : options) {
            String node = option.node == null ? first : option.node;
            if (!nodes.contains(node)) {
                throw new UsageException("--sensor names %s; nodes here are %s".formatted(node, nodes));
            }
            if (named.computeIfAbsent(node, _ -> new HashMap<>()).put(option.name, option.sensor) != null) {
                throw new UsageException("sensor %s of %s is named twice".formatted(option.name, node));
            }
        }
        Map<String, Sensors> sensors = new HashMap<>();
        for (Map.Entry<String, Map<String, Sensor>> one : named.entrySet()) {
            try {
                sensors.put(one.getKey(), new Sensors(one.getValue()));
            } catch (IllegalArgumentException tooMany) {
                throw new UsageException("--sensor of %s: %s".formatted(one.getKey(), tooMany.getMessage()));
            }
        }
        return sensors;
    }
}
