package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jobs of several tasks on the command line. */
final class GraphJobs {
    /** The longest that a specification can ask for. */
    static final long DEADLINE_MILLIS_MAX = 600_000;

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
            connection.line("planned %s ms, seen %s ms, energy %s mJ%s"
                    .formatted(
                            Connection.decimal(job, "plannedMs"),
                            Connection.text(job, "observedMs"),
                            Connection.decimal(energy, "knownMj"),
                            unknown == 0 ? "" : " (unknown for %d inferences)".formatted(unknown)));
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
                                    Connection.text(output.getValue(), "data"))));
        });
    }

    private static String what(JsonNode task) {
        return Connection.text(task, "kind").equals("model")
                ? Connection.text(task, "model")
                : Connection.text(task.path("transform"), "transform");
    }

    /** Of the task, or while it runs of its last attempt. */
    private static String reason(JsonNode task, JsonNode inference) {
        return Connection.text(task.path("reason").isTextual() ? task : inference, "reason");
    }
}
