package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Streams. */
@Command(name = "stream", description = "Streams: frames of a sensor at a period, each answered within a deadline.")
public final class StreamCommand extends CommandGroup {
    private static final int WINDOWS_SHOWN = 10;
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    @Command(
            name = "create",
            description = {
                "Begins a stream; prints its id. The source runs the network on each frame, or its front while another",
                "device that runs the same variant takes over where that is faster."
            })
    int create(
            @Mixin Connection connection,
            @Parameters(paramLabel = "MODEL") String model,
            @Option(
                            names = "--source",
                            required = true,
                            paramLabel = "NODE/DEVICE",
                            description = "the device that has the frames")
                    String source,
            @Option(
                            names = "--sensor",
                            required = true,
                            paramLabel = "NAME",
                            description = "sensor of the source's node, as in `node show`")
                    String sensor,
            @Option(
                            names = "--period-ms",
                            required = true,
                            paramLabel = "N",
                            description = "from one frame to the next, 10 to 3600000")
                    long period,
            @Option(
                            names = "--deadline-ms",
                            required = true,
                            paramLabel = "N",
                            description = "from when a frame is due to its answer, at most three periods")
                    long deadline,
            @Option(
                            names = "--bits",
                            paramLabel = "8|4",
                            description = "fewest bits of values that leave the source (default: 8, bit-identical)")
                    @Nullable
                    Integer bits,
            @Option(names = "--energy-budget-mj", paramLabel = "MJ", description = "energy of one frame at most")
                    @Nullable
                    Double energy,
            @Option(
                            names = "--accuracy-floor",
                            paramLabel = "SHARE",
                            description = "accuracy that the variant must have been measured to have, 0 to 1")
                    @Nullable
                    Double accuracy,
            @Option(
                            names = "--loss-max",
                            paramLabel = "SHARE",
                            description =
                                    "with --bits 4: accuracy that packing may cost, 0 to 1 (default: 0.01 where it"
                                            + " was measured)")
                    @Nullable
                    Double lossMax,
            @Option(
                            names = "--priority",
                            paramLabel = "N",
                            description = "0 to 9, larger goes first on devices, and to a helper (default: 0)")
                    @Nullable
                    Integer priority,
            @Option(
                            names = "--notify",
                            paramLabel = "NODE",
                            description = "node that is told of the newest answer of each window over MQTT")
                    @Nullable
                    String notify,
            @Option(
                            names = "--before",
                            paramLabel = "TRANSFORM",
                            description = {
                                "what makes the network's input of a frame, such as resize:height=96,width=96;",
                                "up to four, one after the other"
                            })
                    @Nullable
                    List<String> before,
            @Option(
                            names = "--after",
                            paramLabel = "TRANSFORM",
                            description = "what makes the answer of the network's output, such as argmax; up to four")
                    @Nullable
                    List<String> after,
            @Option(
                            names = "--frame-shape",
                            paramLabel = "N,N,...",
                            description = "of the sensor's frames, with --before, such as 240,320,3")
                    @Nullable
                    String frameShape,
            @Option(
                            names = "--frame-type",
                            paramLabel = "int8|int32",
                            description = "of the sensor's frames (default: int8)")
                    @Nullable
                    String frameType)
            throws CommandFailure, InterruptedException {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("model", model)
                .put("source", source)
                .put("sensor", sensor)
                .put("periodMs", period)
                .put("deadlineMs", deadline)
                .put("bits", bits)
                .put("energyBudgetMj", energy)
                .put("accuracyFloor", accuracy)
                .put("priority", priority)
                .put("notify", notify);
        if (lossMax != null) {
            body.put("lossMax", lossMax);
        }
        TransformOptions.put(body, frameShape, frameType, before, after);
        JsonNode stream = connection.call(client -> client.post("/api/v1/streams", body));
        connection.one(stream, () -> connection.line(Connection.text(stream, "stream")));
        return CommandFailure.DONE;
    }

    @Command(name = "list", aliases = "ls", description = "All streams, the newest first.")
    int list(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        JsonNode items = connection.call(client -> client.all("/api/v1/streams"));
        connection.list(
                items,
                new Table(
                        "stream",
                        "model",
                        "source",
                        " priority",
                        "state",
                        "helper",
                        " period ms",
                        " met",
                        " missed",
                        " skipped"),
                (table, stream) -> table.row(
                        Connection.text(stream, "stream"),
                        Connection.text(stream, "model"),
                        Connection.text(stream, "source"),
                        Connection.text(stream, "priority"),
                        Connection.text(stream, "state"),
                        Connection.text(stream.path("plan"), "helper"),
                        Connection.text(stream, "periodMs"),
                        Connection.text(stream, "met"),
                        Connection.text(stream, "missed"),
                        Connection.text(stream, "skipped")));
        return CommandFailure.DONE;
    }

    @Command(
            name = "show",
            description = "One stream: its plans, what was compared for the newest, its newest windows.")
    int show(@Mixin Connection connection, @Parameters(paramLabel = "STREAM") String id)
            throws CommandFailure, InterruptedException {
        ObjectNode stream = JsonNodeFactory.instance.objectNode();
        connection.call(client -> {
            stream.setAll((ObjectNode) client.get(path(id)));
            stream.set("plans", client.get(path(id) + "/why").path("plans"));
            stream.set(
                    "windows",
                    client.get(path(id) + "/windows?limit=" + WINDOWS_SHOWN).path("items"));
            return stream;
        });
        connection.one(stream, () -> {
            connection.line(line(stream));
            if (stream.path("before").isArray()) {
                connection.line("before: %s of %s"
                        .formatted(
                                TransformOptions.text(stream.path("before")),
                                TransformOptions.form(stream.path("frame"))));
            }
            if (stream.path("after").isArray()) {
                connection.line("after: " + TransformOptions.text(stream.path("after")));
            }
            plans(connection, stream.path("plans"));
            windows(connection, stream.path("windows"));
        });
        return CommandFailure.DONE;
    }

    private static void plans(Connection connection, JsonNode plans) {
        Table table = new Table(
                "plan",
                "because of",
                "helper",
                " after",
                " planned ms",
                " seen p50",
                " seen p90",
                "kind",
                " met",
                " missed",
                " skipped",
                " re-plan ms");
        for (JsonNode plan : plans) {
            JsonNode observed = plan.path("observed");
            boolean measured = observed.path("measured").isObject();
            JsonNode seen = observed.path(measured ? "measured" : "modelled");
            table.row(
                    Connection.text(plan, "epoch"),
                    Connection.text(plan, "cause"),
                    Connection.text(plan, "helper"),
                    Connection.text(plan, "after"),
                    Connection.decimal(plan, "plannedMs"),
                    Connection.decimal(seen, "p50Ms"),
                    Connection.decimal(seen, "p90Ms"),
                    seen.isObject() ? measured ? "measured" : "modelled" : "-",
                    Connection.text(observed, "met"),
                    Connection.text(observed, "missed"),
                    Connection.text(observed, "skipped"),
                    Connection.decimal(plan, "replanMs"));
        }
        connection.table(table);
        Table compared = new Table(
                "compared",
                "verdict",
                " bits",
                " lost %",
                " total ms",
                " p90 ms",
                " stage ms",
                "replaced in time",
                "held by");
        for (JsonNode candidate : plans.path(0).path("why").path("candidates")) {
            compared.row(
                    Connection.text(candidate, "device"),
                    Connection.text(candidate, "verdict"),
                    Connection.text(candidate, "bits"),
                    lost(candidate),
                    Connection.decimal(candidate, "totalMs"),
                    Connection.decimal(candidate, "p90Ms"),
                    Connection.decimal(candidate, "stageMs"),
                    candidate.path("canBeReplacedInTime").asBoolean() ? "yes" : "no",
                    names(candidate.path("heldBy")));
        }
        connection.table(compared);
    }

    /** What packing costs of the right answers. */
    private static String lost(JsonNode candidate) {
        return switch (candidate.path("lossBasis").asText()) {
            case "measured" -> "%.2f".formatted(candidate.path("loss").asDouble() * 100);
            case "unknown" -> "unknown";
            default -> "-";
        };
    }

    private static String names(JsonNode names) {
        List<String> all = new ArrayList<>();
        names.forEach(name -> all.add(name.asText()));
        return all.isEmpty() ? "-" : String.join(", ", all);
    }

    private static void windows(Connection connection, JsonNode windows) {
        Table table = new Table(
                "window",
                " frames",
                " met",
                " missed",
                " skipped",
                " helped",
                " fallbacks",
                " p90 ms",
                "kind",
                " before ms",
                " after ms",
                "newest answer",
                "event");
        for (JsonNode window : windows) {
            boolean some = window.path("latency").isObject();
            table.row(
                    Connection.text(window, "at"),
                    "%d-%d"
                            .formatted(
                                    window.path("from").asLong(),
                                    window.path("to").asLong()),
                    Connection.text(window, "met"),
                    Connection.text(window, "missed"),
                    Connection.text(window, "skipped"),
                    Connection.text(window, "helped"),
                    Connection.text(window, "fallbacks"),
                    Connection.decimal(window.path("latency"), "p90Ms"),
                    some ? window.path("modelled").asBoolean() ? "modelled" : "measured" : "-",
                    Connection.decimal(window.path("before"), "p90Ms"),
                    Connection.decimal(window.path("after"), "p90Ms"),
                    TransformOptions.newestAnswer(window.path("outcomes")),
                    Connection.text(window, "event"));
        }
        connection.table(table);
    }

    @Command(name = "stop", description = "Ends a stream.")
    int stop(@Mixin Connection connection, @Parameters(paramLabel = "STREAM") String id)
            throws CommandFailure, InterruptedException {
        JsonNode stream =
                connection.call(client -> client.post(path(id) + "/stop", JsonNodeFactory.instance.objectNode()));
        connection.one(stream, () -> connection.line(line(stream)));
        return CommandFailure.DONE;
    }

    @Command(
            name = "watch",
            description = "Prints a stream each time its source has told of it, until it ends or the time is over.")
    int watch(
            @Mixin Connection connection,
            @Parameters(paramLabel = "STREAM") String id,
            @Option(
                            names = "--timeout",
                            defaultValue = "600",
                            paramLabel = "SECONDS",
                            description = "(default: ${DEFAULT-VALUE})")
                    long seconds)
            throws CommandFailure, InterruptedException {
        Instant until = Instant.now().plusSeconds(Math.max(1, seconds));
        String before = "";
        JsonNode stream = connection.call(client -> client.get(path(id)));
        while (true) {
            JsonNode seen = stream;
            String now = line(seen);
            if (!now.equals(before)) {
                connection.one(seen, () -> connection.line(now));
                before = now;
            }
            boolean over = stream.path("endedAt").isTextual();
            if (over || Instant.now().isAfter(until)) {
                if (over && Connection.text(stream, "state").equals("failed")) {
                    throw new CommandFailure("stream %s failed: %s".formatted(id, Connection.text(stream, "reason")));
                }
                return CommandFailure.DONE;
            }
            Thread.sleep(LOOK_AGAIN);
            stream = connection.call(client -> client.again(path(id), seen));
        }
    }

    private static String path(String id) {
        return "/api/v1/streams/" + ApiClient.segment(id);
    }

    private static String line(JsonNode stream) {
        JsonNode plan = stream.path("plan");
        return "stream %s of %s at %s, priority %d: %s%s, %s%s, met %d, missed %d, skipped %d"
                .formatted(
                        Connection.text(stream, "stream"),
                        Connection.text(stream, "model"),
                        Connection.text(stream, "source"),
                        stream.path("priority").asInt(),
                        Connection.text(stream, "state"),
                        stream.path("reason").isTextual() ? " (" + Connection.text(stream, "reason") + ")" : "",
                        plan.path("helper").isTextual()
                                ? "plan %d with %s"
                                        .formatted(plan.path("epoch").asLong(), Connection.text(plan, "helper"))
                                : "plan %d alone".formatted(plan.path("epoch").asLong()),
                        stream.path("yieldsTo").isTextual() ? ", yields to " + Connection.text(stream, "yieldsTo") : "",
                        stream.path("met").asLong(),
                        stream.path("missed").asLong(),
                        stream.path("skipped").asLong());
    }
}
