package io.fleetwright.scheduler.format;

import static io.fleetwright.scheduler.format.JsonText.number;
import static io.fleetwright.scheduler.format.JsonText.quoted;

import io.fleetwright.scheduler.policy.DeviceOption;
import io.fleetwright.scheduler.policy.DeviceState;
import io.fleetwright.scheduler.policy.Exclusion;
import io.fleetwright.scheduler.policy.Snapshot;
import io.fleetwright.scheduler.policy.TaskRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A {@link Snapshot} as JSON: {@code {"devices": [{"device", "readyTime"}, ...], "requests": [{"task", "releaseTime",
 * "deadline", "options": {device: {"executionP90", "inputTransfer", "energy"} or {"excluded", "detail"}}}, ...]}}. No
 * {@code deadline} is none, no {@code energy} is not known; {@code excluded} is an {@link Exclusion} in lower case with
 * hyphens.
 */
public final class SnapshotJson {
    private static final double TIME_MAX = 1e18;

    private SnapshotJson() {}

    /** The document, in UTF-8; all figures are exact. */
    public static byte[] write(Snapshot snapshot) {
        String devices = snapshot.devices().stream()
                .map(state -> "{\"device\": %s, \"readyTime\": %s}"
                        .formatted(quoted(state.device()), number(state.readyTime())))
                .collect(Collectors.joining(",\n"));
        String requests =
                snapshot.requests().stream().map(SnapshotJson::request).collect(Collectors.joining(",\n"));
        return "{\"devices\": [%s],\n\"requests\": [%s]}\n"
                .formatted(devices, requests)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String request(TaskRequest request) {
        String deadline =
                request.deadline() == TaskRequest.NO_DEADLINE ? "" : ", \"deadline\": " + number(request.deadline());
        String options = new TreeMap<>(request.options())
                .entrySet().stream()
                        .map(entry -> "%s: %s".formatted(quoted(entry.getKey()), option(entry.getValue())))
                        .collect(Collectors.joining(", "));
        return "{\"task\": %s, \"releaseTime\": %s%s, \"options\": {%s}}"
                .formatted(quoted(request.task()), number(request.releaseTime()), deadline, options);
    }

    private static String option(DeviceOption option) {
        return switch (option) {
            case DeviceOption.Runs(double execution, double transfer, OptionalDouble energy) ->
                "{\"executionP90\": %s, \"inputTransfer\": %s%s}"
                        .formatted(
                                number(execution),
                                number(transfer),
                                energy.isPresent() ? ", \"energy\": " + number(energy.getAsDouble()) : "");
            case DeviceOption.Excluded(Exclusion reason, String detail) ->
                "{\"excluded\": %s, \"detail\": %s}".formatted(quoted(wireName(reason)), quoted(detail));
        };
    }

    private static String wireName(Exclusion reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws MalformedWorkloadException naming the member and its offset */
    public static Snapshot read(byte[] bytes) throws MalformedWorkloadException {
        JsonValue.JsonObject root = JsonReader.read(bytes).asObject("the snapshot");
        List<DeviceState> devices = new ArrayList<>();
        for (JsonValue item : limited(root, "devices", Snapshot.DEVICES_MAX)) {
            JsonValue.JsonObject device = item.asObject("a device");
            devices.add(new DeviceState(device.require("device").asString("device"), time(device, "readyTime")));
        }
        List<TaskRequest> requests = new ArrayList<>();
        for (JsonValue item : limited(root, "requests", Snapshot.REQUESTS_MAX)) {
            JsonValue.JsonObject request = item.asObject("a request");
            Optional<JsonValue> deadline = request.find("deadline");
            Map<String, DeviceOption> options = new HashMap<>();
            for (Map.Entry<String, JsonValue> entry :
                    request.require("options").asObject("options").members().entrySet()) {
                options.put(entry.getKey(), option(entry.getValue().asObject("an option")));
            }
            requests.add(new TaskRequest(
                    request.require("task").asString("task"),
                    time(request, "releaseTime"),
                    deadline.isPresent() ? deadline.get().asAmount("deadline", TIME_MAX) : TaskRequest.NO_DEADLINE,
                    options));
        }
        return new Snapshot(requests, devices);
    }

    private static List<JsonValue> limited(JsonValue.JsonObject root, String name, int max)
            throws MalformedWorkloadException {
        JsonValue value = root.require(name);
        List<JsonValue> items = value.asArray(name);
        if (items.size() > max) {
            throw new MalformedWorkloadException(
                    value.offset(), "%d %s, at most %d are allowed".formatted(items.size(), name, max));
        }
        return items;
    }

    private static DeviceOption option(JsonValue.JsonObject option) throws MalformedWorkloadException {
        Optional<JsonValue> excluded = option.find("excluded");
        if (excluded.isPresent()) {
            String name = excluded.get().asString("excluded");
            for (Exclusion reason : Exclusion.values()) {
                if (wireName(reason).equals(name)) {
                    return new DeviceOption.Excluded(
                            reason, option.require("detail").asString("detail"));
                }
            }
            throw new MalformedWorkloadException(
                    excluded.get().offset(), "excluded ('%s') is not a known reason".formatted(name));
        }
        Optional<JsonValue> energy = option.find("energy");
        return new DeviceOption.Runs(
                time(option, "executionP90"),
                time(option, "inputTransfer"),
                energy.isPresent()
                        ? OptionalDouble.of(energy.get().asAmount("energy", TIME_MAX))
                        : OptionalDouble.empty());
    }

    private static double time(JsonValue.JsonObject object, String name) throws MalformedWorkloadException {
        return object.require(name).asAmount(name, TIME_MAX);
    }
}
