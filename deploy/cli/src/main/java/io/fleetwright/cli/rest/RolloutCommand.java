package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.Table;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Rollouts: start, look, wait, abort. */
@Command(name = "rollout", description = "Changes of what devices run.")
public final class RolloutCommand extends CommandGroup {
    private static final int ABORTED = 3;
    private static final int TIMED_OUT = 5;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    @Command(name = "create", aliases = "start", description = "Starts a rollout of a version.")
    int start(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version,
            @Option(names = "--class", split = ",", paramLabel = "C", description = "device classes; default: all")
                    @Nullable
                    List<String> classes,
            @Option(
                            names = "--device",
                            split = ",",
                            paramLabel = "NODE/DEVICE",
                            description = "single devices; default: all")
                    @Nullable
                    List<String> devices,
            @Option(names = "--variant", split = ",", paramLabel = "V", description = "variants that may be chosen")
                    @Nullable
                    List<String> variants,
            @Option(
                            names = "--waves",
                            split = ",",
                            paramLabel = "PERCENT",
                            description = "growing percentages, the last one 100")
                    @Nullable
                    List<Integer> waves,
            @Option(names = "--min-accuracy", paramLabel = "FRACTION", description = "least measured accuracy")
                    @Nullable
                    Double minAccuracy,
            @Option(names = "--max-latency-ms", paramLabel = "MS", description = "most time by the device's profile")
                    @Nullable
                    Double maxLatencyMs)
            throws CommandFailure, InterruptedException {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("model", model).put("version", version);
        ObjectNode selector = body.putObject("selector");
        strings(selector, "classes", classes);
        strings(selector, "devices", devices);
        strings(body, "variants", variants);
        if (waves != null) {
            ArrayNode array = body.putArray("waves");
            waves.forEach(array::add);
        }
        if (minAccuracy != null) {
            body.put("minAccuracy", minAccuracy);
        }
        if (maxLatencyMs != null) {
            body.put("maxLatencyMs", maxLatencyMs);
        }
        print(connection, connection.call(client -> client.post("/api/v1/rollouts", body)));
        return CommandFailure.DONE;
    }

    @Command(name = "list", description = "All rollouts, newest first.")
    int list(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        JsonNode items = connection.call(client -> client.all("/api/v1/rollouts"));
        connection.list(
                items,
                new Table("rollout", "model", "version", "state", " succeeded", " failed", " open", "created"),
                (table, rollout) -> {
                    JsonNode counts = rollout.path("counts");
                    table.row(
                            Connection.text(rollout, "rollout"),
                            Connection.text(rollout, "model"),
                            Connection.text(rollout, "version"),
                            Connection.text(rollout, "state"),
                            Connection.text(counts, "succeeded"),
                            Connection.text(counts, "failed"),
                            String.valueOf(counts.path("pending").asLong()
                                    + counts.path("running").asLong()),
                            Connection.text(rollout, "createdAt"));
                });
        return CommandFailure.DONE;
    }

    @Command(name = "show", description = "One rollout with its targets.")
    int show(@Mixin Connection connection, @Parameters(paramLabel = "ROLLOUT") String id)
            throws CommandFailure, InterruptedException {
        print(connection, connection.call(client -> client.get(path(id))));
        return CommandFailure.DONE;
    }

    @Command(name = "abort", description = "Stops a rollout: nothing new is started.")
    int abort(@Mixin Connection connection, @Parameters(paramLabel = "ROLLOUT") String id)
            throws CommandFailure, InterruptedException {
        print(
                connection,
                connection.call(client -> client.post(path(id) + "/abort", JsonNodeFactory.instance.objectNode())));
        return CommandFailure.DONE;
    }

    @Command(
            name = "wait",
            description = "Waits for a rollout's end; prints it.",
            footer = "Exit codes: 0 succeeded, 1 failed or refused, 2 wrong usage, 3 aborted, 5 timed out.")
    int waitFor(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ROLLOUT") String id,
            @Option(
                            names = "--timeout",
                            defaultValue = "600",
                            paramLabel = "SECONDS",
                            description = "longest wait (default: ${DEFAULT-VALUE})")
                    long timeoutSeconds)
            throws CommandFailure, InterruptedException {
        long until = System.nanoTime() + Duration.ofSeconds(timeoutSeconds).toNanos();
        JsonNode answer = connection.call(client -> {
            JsonNode rollout = client.get(path(id));
            while (rollout.path("state").asText().equals("running") && System.nanoTime() < until) {
                Thread.sleep(LOOK_AGAIN);
                rollout = client.get(path(id));
            }
            return rollout;
        });
        print(connection, answer);
        String state = answer.path("state").asText();
        return switch (state) {
            case "succeeded" -> CommandFailure.DONE;
            case "aborted" -> throw new CommandFailure("rollout %s was aborted".formatted(id), ABORTED);
            case "running" ->
                throw new CommandFailure(
                        "rollout %s is still running after %d s".formatted(id, timeoutSeconds), TIMED_OUT);
            default ->
                throw new CommandFailure("rollout %s %s: %s".formatted(id, state, Connection.text(answer, "reason")));
        };
    }

    private static String path(String id) {
        return "/api/v1/rollouts/" + ApiClient.segment(id);
    }

    private static void strings(ObjectNode body, String name, @Nullable List<String> values) {
        if (values != null) {
            ArrayNode array = body.putArray(name);
            values.forEach(array::add);
        }
    }

    private static void print(Connection connection, JsonNode rollout) {
        connection.one(rollout, () -> {
            connection.line("rollout %s of %s %s: %s"
                    .formatted(
                            Connection.text(rollout, "rollout"),
                            Connection.text(rollout, "model"),
                            Connection.text(rollout, "version"),
                            Connection.text(rollout, "state")));
            Table table = new Table("node", "device", " wave", "variant", "state", "reason");
            for (JsonNode target : rollout.path("targets")) {
                table.row(
                        Connection.text(target, "node"),
                        Connection.text(target, "device"),
                        Connection.text(target, "wave"),
                        Connection.text(target, "variant"),
                        Connection.text(target, "state"),
                        Connection.text(target, "reason"));
            }
            connection.table(table);
        });
    }
}
