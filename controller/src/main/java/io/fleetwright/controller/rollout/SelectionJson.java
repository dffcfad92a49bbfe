package io.fleetwright.controller.rollout;

import io.fleetwright.controller.rollout.Rollouts.Request;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** Which devices a rollout is for and which variants they may get, as its row keeps it. */
final class SelectionJson {
    /** Of the text; the row holds no more. */
    static final int CHARS_MAX = 8000;

    private static final int NAMES_MAX = 2000;

    private SelectionJson() {}

    static String write(Request request) {
        return new String(
                Json.write(out -> out.strings("classes", request.classes())
                        .strings("devices", request.devices())
                        .strings("variants", request.variants())
                        .field("q", request.q())
                        .field("minAccuracy", request.minAccuracy())
                        .field("maxLatencyMs", request.maxLatencyMillis())
                        .field("maxEnergyMj", request.maxEnergyMillijoules())),
                StandardCharsets.UTF_8);
    }

    /**
     * What {@link #write} has written of a rollout, with its policy.
     *
     * @throws MalformedMessageException when a name is longer than any can be
     */
    static Request read(RolloutRow rollout, Policy policy) throws MalformedMessageException {
        Json.Node in = Json.read(rollout.selector.getBytes(StandardCharsets.UTF_8), 4 * CHARS_MAX);
        return new Request(
                rollout.model,
                rollout.version,
                strings(in, "classes"),
                strings(in, "devices"),
                in.has("q") ? in.longText("q", CHARS_MAX) : null,
                strings(in, "variants"),
                policy,
                in.decimalOrNull("minAccuracy"),
                in.decimalOrNull("maxLatencyMs"),
                in.decimalOrNull("maxEnergyMj"),
                Set.of(),
                null);
    }

    private static List<String> strings(Json.Node in, String name) throws MalformedMessageException {
        return in.has(name) ? in.strings(name, NAMES_MAX) : List.of();
    }
}
