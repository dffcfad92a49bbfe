package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.cli.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Rollouts: create, look, wait, command, and ask why. */
@Command(name = "rollout", description = "Changes of what devices run.")
public final class RolloutCommand extends CommandGroup {
    /** States in which a rollout has not ended. */
    public static final List<String> OPEN = List.of("scheduled", "needs-approval", "running", "paused", "rolling-back");

    private static final int TAKEN_BACK = 3;
    private static final int NEEDS_APPROVAL = 4;
    private static final int TIMED_OUT = 5;
    private static final String ASKS = "needs-approval";
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    @Command(name = "create", aliases = "start", description = "Rolls a version out.")
    int create(
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
            @Option(
                            names = {"-q", "--query"},
                            paramLabel = "Q",
                            description = "RSQL that devices must fit as well, such as group==edge")
                    @Nullable
                    String query,
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
                    Double maxLatencyMs,
            @Option(
                            names = "--max-energy-mj",
                            paramLabel = "MJ",
                            description = "most energy of an inference by the device's profile")
                    @Nullable
                    Double maxEnergyMj,
            @Option(
                            names = "--policy",
                            paramLabel = "JSON|@FILE",
                            description = "waves, windows, approvals, limits, thresholds; docs/rollouts.md")
                    @Nullable
                    String policy,
            @Option(
                            names = "--gates",
                            paramLabel = "JSON|@FILE",
                            description = "what the version is judged by on its devices; docs/gates.md")
                    @Nullable
                    String gates,
            @Option(names = "--dry-run", description = "says what it would be, and makes nothing") boolean dryRun,
            @Option(names = "--allow-unapproved", description = "also a version that nobody has approved")
                    boolean allowUnapproved,
            @Option(names = "--allow-empty", description = "also when no device matches") boolean allowEmpty)
            throws CommandFailure, InterruptedException {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("model", model).put("version", version);
        ObjectNode selector = body.putObject("selector");
        strings(selector, "classes", classes);
        strings(selector, "devices", devices);
        if (query != null) {
            selector.put("q", query);
        }
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
        if (maxEnergyMj != null) {
            body.put("maxEnergyMj", maxEnergyMj);
        }
        if (policy != null) {
            body.set("policy", json("--policy", policy));
        }
        if (gates != null) {
            body.set("gates", json("--gates", gates));
        }
        if (allowUnapproved) {
            body.put("allowUnapproved", true);
        }
        if (allowEmpty) {
            body.put("allowEmpty", true);
        }
        if (dryRun) {
            JsonNode answer = connection.call(client -> client.post("/api/v1/rollouts?dryRun=true", body));
            connection.one(answer, () -> plan(connection, answer));
            return CommandFailure.DONE;
        }
        print(connection, connection.call(client -> client.post("/api/v1/rollouts", body)));
        return CommandFailure.DONE;
    }

    private static void plan(Connection connection, JsonNode answer) {
        connection.line("%s %s for %s of %s devices in %d waves, %s bytes, %s s expected"
                .formatted(
                        Connection.text(answer, "model"),
                        Connection.text(answer, "version"),
                        Connection.text(answer, "fitting"),
                        Connection.text(answer, "matched"),
                        answer.path("waves").size(),
                        Connection.text(answer, "bytes"),
                        Connection.decimal(answer, "expectedSeconds")));
        Table table = new Table("device", " wave", "variant", " bytes", "reason");
        for (JsonNode device : answer.path("devices")) {
            table.row(
                    Connection.text(device, "node") + "/" + Connection.text(device, "device"),
                    Connection.text(device, "wave"),
                    Connection.text(device, "variant"),
                    Connection.text(device, "bytes"),
                    Connection.text(device, "reason"));
        }
        connection.table(table);
    }

    @Command(name = "ls", aliases = "list", description = "All rollouts, newest first.")
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

    @Command(name = "pause", description = "Starts nothing more until it is resumed.")
    int pause(@Mixin Connection connection, @Parameters(paramLabel = "ROLLOUT") String id)
            throws CommandFailure, InterruptedException {
        return order(connection, id, "/pause");
    }

    @Command(name = "resume", description = "Goes on; a breach that had paused it counts as accepted.")
    int resume(@Mixin Connection connection, @Parameters(paramLabel = "ROLLOUT") String id)
            throws CommandFailure, InterruptedException {
        return order(connection, id, "/resume");
    }

    @Command(name = "approve", description = "Lets the wave begin that waits for approval.")
    int approve(@Mixin Connection connection, @Parameters(paramLabel = "ROLLOUT") String id)
            throws CommandFailure, InterruptedException {
        return order(connection, id, "/approve");
    }

    @Command(name = "retry", description = "Gives failed and absent devices another turn.")
    int retry(@Mixin Connection connection, @Parameters(paramLabel = "ROLLOUT") String id)
            throws CommandFailure, InterruptedException {
        return order(connection, id, "/retry");
    }

    @Command(name = "abort", description = "Stops a rollout and takes it back.")
    int abort(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ROLLOUT") String id,
            @Option(names = "--keep", description = "devices that run the version keep it") boolean keep)
            throws CommandFailure, InterruptedException {
        return order(connection, id, keep ? "/abort?rollback=false" : "/abort");
    }

    private static int order(Connection connection, String id, String order)
            throws CommandFailure, InterruptedException {
        print(
                connection,
                connection.call(client -> client.post(path(id) + order, JsonNodeFactory.instance.objectNode())));
        return CommandFailure.DONE;
    }

    @Command(name = "why", description = "What a device waits for, or how it ended.")
    int why(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "ROLLOUT") String id,
            @Parameters(index = "1", paramLabel = "NODE/DEVICE") String place)
            throws CommandFailure, InterruptedException {
        String[] parts = place.split("/", -1);
        if (parts.length != 2) {
            throw new CommandFailure("'%s' is no NODE/DEVICE".formatted(place), CommandFailure.WRONG_USAGE);
        }
        String address = "%s/why/%s/%s".formatted(path(id), ApiClient.segment(parts[0]), ApiClient.segment(parts[1]));
        JsonNode rule = connection.call(client -> client.get(address));
        connection.one(
                rule,
                () -> connection.line(
                        "%s: %s: %s".formatted(place, Connection.text(rule, "rule"), Connection.text(rule, "detail"))));
        return CommandFailure.DONE;
    }

    @Command(
            name = "wait",
            description = "Waits for a rollout's end; prints it.",
            footer = "Exit codes: 0 succeeded, 1 failed or refused, 2 wrong usage, 3 aborted or rolled back, "
                    + "4 needs approval, 5 timed out.")
    int waitFor(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ROLLOUT") String id,
            @Option(
                            names = "--timeout",
                            defaultValue = "600",
                            paramLabel = "SECONDS",
                            description = "longest wait (default: ${DEFAULT-VALUE})")
                    long timeoutSeconds,
            @Option(names = "--summary", paramLabel = "FILE.md", description = "writes a summary in Markdown") @Nullable
                    Path summary,
            @Option(names = "--junit", paramLabel = "FILE.xml", description = "writes a test case for each device")
                    @Nullable
                    Path junit)
            throws CommandFailure, InterruptedException {
        // Known before the wait, and not when what was waited for is to be told.
        for (@Nullable Path report : Arrays.asList(summary, junit)) {
            if (report != null) {
                OutputFile.requireFolder(report);
            }
        }
        long until = System.nanoTime() + Duration.ofSeconds(timeoutSeconds).toNanos();
        JsonNode answer = connection.call(client -> {
            JsonNode rollout = client.get(path(id));
            while (isAwaited(rollout) && System.nanoTime() < until) {
                Thread.sleep(LOOK_AGAIN);
                rollout = client.again(path(id), rollout);
            }
            return rollout;
        });
        print(connection, answer);
        if (summary != null || junit != null) {
            RolloutReport report =
                    new RolloutReport(answer, connection.call(client -> client.all(path(id) + "/targets")));
            if (summary != null) {
                OutputFile.write(summary, report.markdown().getBytes(StandardCharsets.UTF_8));
            }
            if (junit != null) {
                OutputFile.write(junit, report.junit().getBytes(StandardCharsets.UTF_8));
            }
        }
        String state = answer.path("state").asText();
        if (state.equals("succeeded")) {
            return CommandFailure.DONE;
        }
        String reason = reason(answer);
        throw switch (state) {
            case "aborted", "rolled-back" ->
                new CommandFailure("rollout %s is %s: %s".formatted(id, state, reason), TAKEN_BACK);
            case ASKS -> new CommandFailure("rollout %s needs approval".formatted(id), NEEDS_APPROVAL);
            case "failed" -> new CommandFailure("rollout %s failed: %s".formatted(id, reason));
            default ->
                new CommandFailure("rollout %s is still %s after %d s".formatted(id, state, timeoutSeconds), TIMED_OUT);
        };
    }

    private static boolean isAwaited(JsonNode rollout) {
        String state = rollout.path("state").asText();
        return OPEN.contains(state) && !state.equals(ASKS);
    }

    /** The JSON of an option, given as such or as {@code @FILE}. */
    private static JsonNode json(String option, String given) throws CommandFailure {
        byte[] text = given.startsWith("@")
                ? InputFile.read(Path.of(given.substring(1)))
                : given.getBytes(StandardCharsets.UTF_8);
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException wrong) {
            throw new CommandFailure(option + " is not JSON: "
                    + String.valueOf(wrong.getMessage()).lines().findFirst().orElse(""));
        }
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

    /** Why it is where it is, with the figures; empty when nothing is wrong. */
    private static String reason(JsonNode rollout) {
        if (!rollout.hasNonNull("reason")) {
            return "";
        }
        String reason = Connection.text(rollout, "reason");
        return rollout.hasNonNull("detail") ? reason + ": " + Connection.text(rollout, "detail") : reason;
    }

    private static void print(Connection connection, JsonNode rollout) {
        connection.one(rollout, () -> {
            String reason = reason(rollout);
            connection.line("rollout %s of %s %s: %s%s"
                    .formatted(
                            Connection.text(rollout, "rollout"),
                            Connection.text(rollout, "model"),
                            Connection.text(rollout, "version"),
                            Connection.text(rollout, "state"),
                            reason.isEmpty() ? "" : " (" + reason + ")"));
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
