package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.cli.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Jobs of several tasks on the command line. */
final class GraphJobs {
    /** The longest that a specification can ask for. */
    static final long DEADLINE_MILLIS_MAX = 600_000;

    private static final int VALUE_CHARS_MAX = 400;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private GraphJobs() {}

    static boolean isGraph(String id) {
        return id.startsWith("g-");
    }

    /** Where the job is. */
    static String path(String id) {
        return (isGraph(id) ? "/api/v1/graph-jobs/" : "/api/v1/jobs/") + ApiClient.segment(id);
    }

    /** Reads a specification and puts the bytes of files into the inputs that it names. */
    static ObjectNode specification(Path file, Map<String, Path> inputs, @Nullable Long deadlineMs)
            throws CommandFailure {
        ObjectNode root;
        try {
            if (!(MAPPER.readTree(InputFile.read(file)) instanceof ObjectNode object)) {
                throw new CommandFailure("%s must hold one JSON object".formatted(file));
            }
            root = object;
        } catch (IOException malformed) {
            throw new CommandFailure("%s is not JSON: %s".formatted(file, firstLine(malformed)), malformed);
        }
        for (Map.Entry<String, Path> input : inputs.entrySet()) {
            if (!(root.path("inputs").path(input.getKey()) instanceof ObjectNode named)) {
                throw new CommandFailure("%s has no input %s".formatted(file, input.getKey()));
            }
            named.put("data", InputFile.read(input.getValue()));
        }
        if (deadlineMs != null) {
            root.put("deadlineMs", deadlineMs);
        }
        return root;
    }

    static boolean isYaml(Path file) {
        return file.toString().endsWith(".yaml") || file.toString().endsWith(".yml");
    }

    /** The controller reads the text; files are put there first, and named beside it. */
    static JsonNode submitYaml(
            Connection connection,
            Path file,
            Map<String, Path> inputs,
            @Nullable Long deadlineMs,
            @Nullable String notify)
            throws CommandFailure, InterruptedException {
        byte[] text = InputFile.read(file);
        Map<String, byte[]> contents = new TreeMap<>();
        for (Map.Entry<String, Path> input : inputs.entrySet()) {
            contents.put(input.getKey(), InputFile.read(input.getValue()));
        }
        return connection.call(client -> {
            List<String> beside = new ArrayList<>();
            for (Map.Entry<String, byte[]> input : contents.entrySet()) {
                JsonNode stored = client.post("/api/v1/inputs", input.getValue(), "application/octet-stream");
                beside.add("input=" + ApiClient.segment(input.getKey() + ":" + Connection.text(stored, "digest")));
            }
            if (deadlineMs != null) {
                beside.add("deadlineMs=" + deadlineMs);
            }
            if (notify != null) {
                beside.add("notify=" + ApiClient.segment(notify));
            }
            return client.post(
                    "/api/v1/graph-jobs" + (beside.isEmpty() ? "" : "?" + String.join("&", beside)),
                    text,
                    "application/yaml");
        });
    }

    /** Writes the chart as SVG. */
    static void draw(Connection connection, String id, Path file) throws CommandFailure, InterruptedException {
        byte[] drawn = connection.call(client -> client.download(path(id) + "/gantt?format=svg"));
        OutputFile.write(file, drawn);
    }

    /** Prints the chart as a table. */
    static void chart(Connection connection, String id) throws CommandFailure, InterruptedException {
        JsonNode chart = connection.call(client -> client.get(path(id) + "/gantt"));
        connection.one(chart, () -> {
            connection.line(Connection.text(chart, "title"));
            Table table = new Table("row", "task", " start ms", " finish ms", "done");
            for (JsonNode bar : chart.path("bars")) {
                table.row(
                        chart.path("rows").path(bar.path("row").asInt()).asText(),
                        Connection.text(bar, "label"),
                        "%.3f".formatted(bar.path("start").asDouble() / 1000),
                        "%.3f".formatted(bar.path("finish").asDouble() / 1000),
                        bar.path("completed").asBoolean() ? "yes" : "no");
            }
            connection.table(table);
        });
    }

    private static String firstLine(IOException failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }

    static void print(Connection connection, JsonNode job) {
        connection.one(job, () -> {
            connection.line("job %s (%s): %s%s"
                    .formatted(
                            Connection.text(job, "job"),
                            Connection.text(job, "name"),
                            Connection.text(job, "state"),
                            job.path("reason").isTextual() ? " (" + Connection.text(job, "reason") + ")" : ""));
            JsonNode energy = job.path("energy");
            int unknown = energy.path("unknownTasks").asInt();
            connection.line("planned %s ms, seen %s ms, energy %s%s"
                    .formatted(
                            Connection.decimal(job, "plannedMs"),
                            Connection.text(job, "observedMs"),
                            Connection.millijoules(energy, "knownMj"),
                            unknown == 0
                                    ? ""
                                    : " (%d inference%s not counted)".formatted(unknown, unknown == 1 ? "" : "s")));
            Table table = new Table(
                    "task", "what", "state", "device", " attempts", " plan ms", " start ms", " seen ms", "reason");
            for (JsonNode task : job.path("tasks")) {
                JsonNode inference = task.path("inference");
                boolean model = inference.isObject();
                table.row(
                        Connection.text(task, "task"),
                        what(task),
                        Connection.text(task, "state"),
                        model ? Connection.text(inference, "node") + "/" + Connection.text(inference, "device") : "-",
                        model ? Connection.text(inference, "attempts") : "-",
                        Connection.decimal(task, "plannedMs"),
                        Connection.text(task, "startMs"),
                        Connection.text(task, "observedMs"),
                        reason(task, inference));
            }
            connection.table(table);
            job.path("outputs")
                    .properties()
                    .forEach(output -> connection.line("%s: %s%s %s"
                            .formatted(
                                    output.getKey(),
                                    Connection.text(output.getValue(), "type"),
                                    output.getValue().path("shape"),
                                    value(Connection.text(output.getValue(), "data")))));
        });
    }

    /** A value in base64, as far as a line is readable. */
    private static String value(String data) {
        return data.length() <= VALUE_CHARS_MAX
                ? data
                : "%s... (%d characters, all with -o json)"
                        .formatted(data.substring(0, VALUE_CHARS_MAX), data.length());
    }

    private static String what(JsonNode task) {
        if (Connection.text(task, "kind").equals("frame")) {
            return "frame of " + Connection.text(task, "sensor");
        }
        return !Connection.text(task, "kind").equals("transform")
                ? Connection.text(task, "model")
                        + (task.path("to").isNumber()
                                ? " %d..%d"
                                        .formatted(
                                                task.path("from").asInt(),
                                                task.path("to").asInt())
                                : "")
                : Connection.text(task.path("transform"), "transform");
    }

    /** Of the task, or while it runs of its last attempt. */
    private static String reason(JsonNode task, JsonNode inference) {
        return Connection.text(task.path("reason").isTextual() ? task : inference, "reason");
    }
}
