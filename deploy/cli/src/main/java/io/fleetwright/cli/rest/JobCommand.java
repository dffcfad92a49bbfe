package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.cli.Table;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Jobs. */
@Command(name = "job", description = "Jobs: inference that was asked for, and where it ran.")
public final class JobCommand extends CommandGroup {
    private static final int LIMIT_MAX = 200;
    private static final long DEADLINE_MILLIS = 10_000;
    private static final int TIMED_OUT = 5;
    /** Devices with the same reason that are named. */
    private static final int ALIKE_MAX = 3;

    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    @Command(name = "list", description = "The newest jobs.")
    int list(
            @Mixin Connection connection,
            @Option(
                            names = "--limit",
                            defaultValue = "50",
                            paramLabel = "N",
                            description = "how many, 1 to 200 (default: ${DEFAULT-VALUE})")
                    int limit)
            throws CommandFailure, InterruptedException {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw new CommandFailure(
                    "--limit (%d) must be from 1 to %d".formatted(limit, LIMIT_MAX), CommandFailure.WRONG_USAGE);
        }
        JsonNode items = connection.call(
                client -> client.get("/api/v1/jobs?limit=" + limit).path("items"));
        connection.list(
                items,
                new Table("job", "model", "state", "node", "device", "variant", " latency ms", "kind", "created"),
                (table, job) -> table.row(
                        Connection.text(job, "job"),
                        Connection.text(job, "model"),
                        Connection.text(job, "state"),
                        Connection.text(job, "node"),
                        Connection.text(job, "device"),
                        Connection.text(job, "variant"),
                        Connection.decimal(job, "latencyMs"),
                        kind(job),
                        Connection.text(job, "createdAt")));
        return CommandFailure.DONE;
    }

    @Command(
            name = "submit",
            description = {
                "Asks for one inference, or with --graph for several tasks; prints the job's id.",
                "With --source the input is on that device: it runs the network, or its front while another device that runs",
                "the same variant takes over where that is faster. With --sensor the input is the next frame of its node's",
                "sensor, and no file is read."
            })
    int submit(
            @Mixin Connection connection,
            @Parameters(index = "0", arity = "0..1", paramLabel = "MODEL") @Nullable String model,
            @Parameters(
                            index = "1",
                            arity = "0..1",
                            paramLabel = "INPUT",
                            description = "file with the bytes of one input; none with --sensor")
                    @Nullable
                    Path input,
            @Option(
                            names = "--graph",
                            paramLabel = "FILE",
                            description = "specification of a job of several tasks, JSON or YAML")
                    @Nullable
                    Path graph,
            @Option(
                            names = "--input",
                            paramLabel = "NAME=FILE",
                            description = "with --graph: the bytes of an input that it names")
                    @Nullable
                    Map<String, Path> inputs,
            @Option(
                            names = "--deadline-ms",
                            paramLabel = "N",
                            description = "time until the job expires (default: what the specification says, or 10000)")
                    @Nullable
                    Long deadline,
            @Option(names = "--device", paramLabel = "NODE/DEVICE", description = "run on this device and no other")
                    @Nullable
                    String device,
            @Option(names = "--source", paramLabel = "NODE/DEVICE", description = "the device that has the input")
                    @Nullable
                    String source,
            @Option(
                            names = "--bits",
                            paramLabel = "8|4",
                            description = "fewest bits of values that leave the source (default: 8, bit-identical)")
                    @Nullable
                    Integer bits,
            @Option(
                            names = "--sensor",
                            paramLabel = "NAME",
                            description = "sensor of the source's node, as in `node show`")
                    @Nullable
                    String sensor,
            @Option(
                            names = "--notify",
                            paramLabel = "NODE",
                            description = "node that is told of the end over MQTT, for programs on it")
                    @Nullable
                    String notify,
            @Option(
                            names = "--model-version",
                            paramLabel = "VERSION",
                            description = "only on devices that run this version")
                    @Nullable
                    String version,
            @Option(
                            names = "--energy-budget-mj",
                            paramLabel = "N",
                            description = "what the inference may be expected to take, computing and sending")
                    @Nullable
                    Double energyBudget,
            @Option(
                            names = "--accuracy-floor",
                            paramLabel = "SHARE",
                            description = "accuracy that the variant must have been measured to have, and that packing"
                                    + " must leave, 0 to 1")
                    @Nullable
                    Double accuracyFloor,
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
                            description = "0 to 9; a step goes before what came ten seconds earlier (default: 0)")
                    @Nullable
                    Integer priority,
            @Option(names = "--attempts", paramLabel = "N", description = "1 to 10 until it has failed (default: 3)")
                    @Nullable
                    Integer attempts,
            @Option(
                            names = "--before",
                            paramLabel = "TRANSFORM",
                            description = {
                                "what makes the network's input of the sensor's frame, or of INPUT, such as",
                                "resize:height=96,width=96; up to four, one after the other"
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
                            description = "of the sensor's frame, or of INPUT, with --before, such as 240,320,3")
                    @Nullable
                    String frameShape,
            @Option(
                            names = "--frame-type",
                            paramLabel = "int8|int32",
                            description = "of the sensor's frame, or of INPUT (default: int8)")
                    @Nullable
                    String frameType,
            @Option(names = "--wait", description = "wait for the end, as `job wait` does") boolean wait,
            @Option(
                            names = "--output",
                            paramLabel = "FILE",
                            description = "with --wait: write the bytes of the output to this file")
                    @Nullable
                    Path output)
            throws CommandFailure, InterruptedException {
        if (output != null && !wait) {
            throw new CommandFailure("--output needs --wait: there is none before the end", CommandFailure.WRONG_USAGE);
        }
        if (graph != null) {
            requireOne(output, "g-");
            boolean said = device != null || source != null || bits != null || sensor != null;
            boolean bounded = version != null
                    || energyBudget != null
                    || accuracyFloor != null
                    || lossMax != null
                    || priority != null
                    || attempts != null
                    || before != null
                    || after != null
                    || frameShape != null
                    || frameType != null;
            if (model != null || said || bounded) {
                throw new CommandFailure(
                        "--graph says all of it: no MODEL, INPUT, --device, --source, --sensor, --bits, --model-version,"
                                + " --energy-budget-mj, --accuracy-floor, --loss-max, --priority, --attempts, --before,"
                                + " --after, --frame-shape or --frame-type",
                        CommandFailure.WRONG_USAGE);
            }
            if (GraphJobs.isYaml(graph)) {
                JsonNode job =
                        GraphJobs.submitYaml(connection, graph, inputs == null ? Map.of() : inputs, deadline, notify);
                return submitted(connection, job, wait, null, GraphJobs.DEADLINE_MILLIS_MAX);
            }
            ObjectNode specification = GraphJobs.specification(graph, inputs == null ? Map.of() : inputs, deadline);
            if (notify != null) {
                specification.put("notify", notify);
            }
            JsonNode job = connection.call(client -> client.post("/api/v1/graph-jobs", specification));
            return submitted(connection, job, wait, null, GraphJobs.DEADLINE_MILLIS_MAX);
        }
        if (model == null || inputs != null || (input == null) == (sensor == null)) {
            throw new CommandFailure(
                    "give MODEL and INPUT, or --graph FILE with --input NAME=FILE, or MODEL, --source and --sensor",
                    CommandFailure.WRONG_USAGE);
        }
        long deadlineMs = deadline == null ? DEADLINE_MILLIS : deadline;
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("model", model)
                .put("input", input == null ? null : InputFile.read(input))
                .put("deadlineMs", deadlineMs)
                .put("device", device)
                .put("source", source)
                .put("bits", bits)
                .put("sensor", sensor);
        if (notify != null) {
            body.put("notify", notify);
        }
        if (version != null) {
            body.put("version", version);
        }
        if (energyBudget != null) {
            body.put("energyBudgetMj", energyBudget);
        }
        if (accuracyFloor != null) {
            body.put("accuracyFloor", accuracyFloor);
        }
        if (priority != null) {
            body.put("priority", priority);
        }
        if (attempts != null) {
            body.put("attempts", attempts);
        }
        if (lossMax != null) {
            body.put("lossMax", lossMax);
        }
        TransformOptions.put(body, frameShape, frameType, before, after);
        JsonNode job = connection.call(client -> client.post("/api/v1/jobs", body));
        return submitted(connection, job, wait, output, deadlineMs);
    }

    private int submitted(Connection connection, JsonNode job, boolean wait, @Nullable Path output, long deadlineMs)
            throws CommandFailure, InterruptedException {
        if (wait) {
            return wait(connection, Connection.text(job, "job"), deadlineMs / 1000 + 5, output);
        }
        connection.one(job, () -> connection.line(Connection.text(job, "job")));
        return CommandFailure.DONE;
    }

    @Command(
            name = "wait",
            description =
                    "Waits for a job's end; prints it. Exits with 0 when it succeeded, 1 when not, 5 when the time was over.")
    int wait(
            @Mixin Connection connection,
            @Parameters(paramLabel = "JOB") String id,
            @Option(
                            names = "--timeout",
                            defaultValue = "600",
                            paramLabel = "SECONDS",
                            description = "(default: ${DEFAULT-VALUE})")
                    long seconds,
            @Option(names = "--output", paramLabel = "FILE", description = "write the bytes of the output to this file")
                    @Nullable
                    Path output)
            throws CommandFailure, InterruptedException {
        requireOne(output, id);
        Instant until = Instant.now().plusSeconds(Math.max(1, seconds));
        JsonNode job = connection.call(client -> client.get(GraphJobs.path(id)));
        while (true) {
            String state = Connection.text(job, "state");
            if (!state.equals("queued") && !state.equals("running")) {
                print(connection, job);
                if (!state.equals("succeeded")) {
                    throw new CommandFailure("job %s %s".formatted(id, state));
                }
                write(connection, id, output);
                return CommandFailure.DONE;
            }
            if (Instant.now().isAfter(until)) {
                print(connection, job);
                throw new CommandFailure("job %s is still %s after %d s".formatted(id, state, seconds), TIMED_OUT);
            }
            Duration left = Duration.between(Instant.now(), until);
            boolean ended = connection.call(client -> client.await(GraphJobs.path(id) + "/events", "end", left));
            if (!ended && Instant.now().isBefore(until)) {
                // The stream broke, or too many are open: look now and then instead.
                Thread.sleep(LOOK_AGAIN);
            }
            JsonNode before = job;
            job = connection.call(client -> client.again(GraphJobs.path(id), before));
        }
    }

    @Command(
            name = "cancel",
            description =
                    "Ends a job that has not ended: its boards are told to stop, and a late result changes nothing.")
    int cancel(@Mixin Connection connection, @Parameters(paramLabel = "JOB") String id)
            throws CommandFailure, InterruptedException {
        JsonNode job = connection.call(
                client -> client.post(GraphJobs.path(id) + "/cancel", JsonNodeFactory.instance.objectNode()));
        print(connection, job);
        return CommandFailure.DONE;
    }

    @Command(name = "gantt", description = "When the tasks of a job were to run, and when they ran; --svg draws it.")
    int gantt(
            @Mixin Connection connection,
            @Parameters(paramLabel = "JOB") String id,
            @Option(names = "--svg", paramLabel = "FILE", description = "write the chart to this file") @Nullable
                    Path svg)
            throws CommandFailure, InterruptedException {
        if (!GraphJobs.isGraph(id)) {
            throw new CommandFailure("%s is no job of several tasks".formatted(id), CommandFailure.WRONG_USAGE);
        }
        if (svg != null) {
            GraphJobs.draw(connection, id, svg);
        } else {
            GraphJobs.chart(connection, id);
        }
        return CommandFailure.DONE;
    }

    @Command(name = "show", description = "One job: its tasks, or the reason for its place.")
    int show(
            @Mixin Connection connection,
            @Parameters(paramLabel = "JOB") String id,
            @Option(names = "--output", paramLabel = "FILE", description = "write the bytes of the output to this file")
                    @Nullable
                    Path output)
            throws CommandFailure, InterruptedException {
        requireOne(output, id);
        print(connection, connection.call(client -> client.get(GraphJobs.path(id))));
        write(connection, id, output);
        return CommandFailure.DONE;
    }

    /** A job of several tasks has several outputs, and tells them itself. */
    private static void requireOne(@Nullable Path output, String job) throws CommandFailure {
        if (output != null && GraphJobs.isGraph(job)) {
            throw new CommandFailure(
                    "--output is for a job of one network; outputs of several tasks are in -o json",
                    CommandFailure.WRONG_USAGE);
        }
    }

    private static void write(Connection connection, String job, @Nullable Path file)
            throws CommandFailure, InterruptedException {
        if (file != null) {
            byte[] bytes = connection.call(client -> client.download(GraphJobs.path(job) + "/output"));
            OutputFile.write(file, bytes);
        }
    }

    private static String energy(JsonNode job) {
        return job.path("energyMj").isNumber()
                ? "%s (%s)".formatted(Connection.millijoules(job, "energyMj"), Connection.text(job, "energyMethod"))
                : Connection.millijoules(job, "energyMj");
    }

    private static void print(Connection connection, JsonNode job) {
        if (GraphJobs.isGraph(Connection.text(job, "job"))) {
            GraphJobs.print(connection, job);
            return;
        }
        connection.one(job, () -> {
            connection.line("job %s of %s%s: %s%s"
                    .formatted(
                            Connection.text(job, "job"),
                            Connection.text(job, "model"),
                            job.path("probe").asBoolean() ? " (probe)" : "",
                            Connection.text(job, "state"),
                            job.path("reason").isTextual() ? " (" + Connection.text(job, "reason") + ")" : ""));
            if (job.path("latencyMs").isNumber()) {
                connection.line("ran %s on %s/%s in %s ms %s, energy %s"
                        .formatted(
                                Connection.text(job, "variant"),
                                Connection.text(job, "node"),
                                Connection.text(job, "device"),
                                Connection.decimal(job, "latencyMs"),
                                kind(job),
                                energy(job)));
            }
            if (job.path("outputDigest").isTextual()) {
                connection.line("output of %d bytes, %s; --output FILE writes it"
                        .formatted(job.path("outputBytes").asLong(), Connection.text(job, "outputDigest")));
            }
            if (job.path("frame").isObject()) {
                connection.line("frame %d of sensor %s, %s"
                        .formatted(
                                job.path("frame").path("number").asLong(),
                                Connection.text(job, "sensor"),
                                Connection.text(job.path("frame"), "digest")));
            }
            TransformOptions.print(connection, job);
            if (job.path("executedMs").isNumber()) {
                connection.line("from having the input to having the answer: %s ms by the boards' clocks"
                        .formatted(Connection.decimal(job, "executedMs")));
            }
            JsonNode shared = job.path("shared");
            if (shared.isObject()) {
                connection.line(
                        "%s/%s took over after operator %s, %s bits, %s bytes: front %s ms, link %s ms, back %s ms; planned %s ms, seen %s ms, %s"
                                .formatted(
                                        Connection.text(shared, "node"),
                                        Connection.text(shared, "device"),
                                        shared.path("after").asInt(),
                                        shared.path("bits").asInt(),
                                        shared.path("bytes").asLong(),
                                        Connection.decimal(shared, "frontMs"),
                                        Connection.decimal(shared, "linkMs"),
                                        Connection.decimal(shared, "backMs"),
                                        Connection.decimal(shared, "plannedMs"),
                                        Connection.decimal(shared, "observedMs"),
                                        shared.path("localMs").isNumber()
                                                ? "alone %s ms".formatted(Connection.decimal(shared, "localMs"))
                                                : "no board holds all of it"));
            }
            JsonNode energy = shared.path("energy");
            if (energy.isObject()) {
                int unknown = energy.path("unknownEnds").asInt();
                connection.line("energy of computing %s, of sending and receiving %s%s"
                        .formatted(
                                Connection.millijoules(energy, "computeMj"),
                                Connection.millijoules(energy, "linkMj"),
                                unknown == 0
                                        ? ""
                                        : " (%d end%s not counted)".formatted(unknown, unknown == 1 ? "" : "s")));
            }
            if (shared.path("parts").size() > 2) {
                Table parts = new Table("part", "operators", " planned ms", " took ms", " sent bytes", " link ms");
                for (JsonNode part : shared.path("parts")) {
                    boolean sends = part.path("bits").isNumber();
                    parts.row(
                            Connection.text(part, "node") + "/" + Connection.text(part, "device"),
                            operators(part.path("from").asInt(), part.path("to").asInt()),
                            Connection.decimal(part, "plannedMs"),
                            Connection.decimal(part, "tookMs"),
                            sends ? part.path("bytes").asText() : "-",
                            sends ? Connection.decimal(part, "linkMs") : "-");
                }
                connection.table(parts);
            }
            if (job.path("lost").isTextual()) {
                connection.line("%s was lost while it had a part".formatted(Connection.text(job, "lost")));
            }
            if (job.path("why").path("policy").isTextual()) {
                JsonNode together = job.path("why").path("together");
                connection.line(
                        together.isObject()
                                ? "planned with %d others by %s: flow %s ms, one by one %s ms"
                                        .formatted(
                                                together.path("jobs").asInt() - 1,
                                                Connection.text(job.path("why"), "policy"),
                                                Connection.decimal(together, "flowMs"),
                                                Connection.decimal(together, "greedyFlowMs"))
                                : "placed by " + Connection.text(job.path("why"), "policy"));
            }
            Table table = new Table("candidate", "verdict", " finish ms", "detail");
            candidates(job)
                    .forEach((reason, devices) -> table.row(
                            devices.size() > ALIKE_MAX
                                    ? "%d devices".formatted(devices.size())
                                    : String.join(", ", devices),
                            reason.verdict,
                            reason.finishMillis,
                            reason.detail));
            // The first is the one that is taken when any is.
            boolean taken = job.path("why").path("takesOver").isTextual();
            for (JsonNode plan : job.path("why").path("shared")) {
                List<String> others = new ArrayList<>();
                plan.path("devices").forEach(device -> others.add(device.asText()));
                table.row(
                        "with "
                                + (others.size() > 2
                                        ? String.join(", ", others.subList(1, others.size()))
                                        : Connection.text(plan, "device")),
                        taken ? "takes-over" : "not-chosen",
                        Connection.decimal(plan, "finishMs"),
                        "after operator %d, %d bytes"
                                .formatted(
                                        plan.path("after").asInt(),
                                        plan.path("bytes").asLong()));
                taken = false;
            }
            if (!table.isEmpty()) {
                connection.table(table);
            }
        });
    }

    /** Why a device was taken or not. */
    private record Reason(String verdict, String finishMillis, String detail) {}

    /** Devices by their reason, in the order of the first with it: of a device that a caller chose all others say the same. */
    private static Map<Reason, List<String>> candidates(JsonNode job) {
        Map<Reason, List<String>> devices = new LinkedHashMap<>();
        boolean atSource = job.path("source").isTextual();
        for (JsonNode candidate : job.path("why").path("candidates")) {
            if (atSource && Connection.text(candidate, "verdict").equals("constraint")) {
                // The input is elsewhere; what the device could do of it is among the plans.
                continue;
            }
            var reason = new Reason(
                    Connection.text(candidate, "verdict"),
                    Connection.decimal(candidate, "finishMs"),
                    Connection.text(candidate, "detail"));
            devices.computeIfAbsent(reason, _ -> new ArrayList<>()).add(Connection.text(candidate, "device"));
        }
        return devices;
    }

    private static String kind(JsonNode job) {
        if (!job.path("latencyMs").isNumber()) {
            return "-";
        }
        return job.path("modelled").asBoolean() ? "modelled" : "measured";
    }

    private static String operators(int from, int to) {
        return from == to ? "none" : from + 1 == to ? Integer.toString(from) : from + " to " + (to - 1);
    }
}
