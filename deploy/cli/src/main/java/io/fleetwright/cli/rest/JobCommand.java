package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Jobs. */
@Command(name = "job", description = "Jobs: inference that was asked for, and where it ran.")
public final class JobCommand extends CommandGroup {
    private static final int LIMIT_MAX = 200;

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
        int wanted = Math.clamp(limit, 1, LIMIT_MAX);
        JsonNode items = connection.call(
                client -> client.get("/api/v1/jobs?limit=" + wanted).path("items"));
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

    @Command(name = "show", description = "One job, with the reason for its place.")
    int show(@Mixin Connection connection, @Parameters(paramLabel = "JOB") String id)
            throws CommandFailure, InterruptedException {
        JsonNode job = connection.call(client -> client.get("/api/v1/jobs/" + ApiClient.segment(id)));
        connection.one(job, () -> {
            connection.line("job %s of %s: %s%s"
                    .formatted(
                            Connection.text(job, "job"),
                            Connection.text(job, "model"),
                            Connection.text(job, "state"),
                            job.path("reason").isTextual() ? " (" + Connection.text(job, "reason") + ")" : ""));
            connection.line("ran %s on %s/%s in %s ms %s, energy %s mJ (%s)"
                    .formatted(
                            Connection.text(job, "variant"),
                            Connection.text(job, "node"),
                            Connection.text(job, "device"),
                            Connection.decimal(job, "latencyMs"),
                            kind(job),
                            Connection.decimal(job, "energyMj"),
                            Connection.text(job, "energyMethod")));
            Table table = new Table("candidate", "verdict", " finish ms", "detail");
            for (JsonNode candidate : job.path("why").path("candidates")) {
                table.row(
                        Connection.text(candidate, "device"),
                        Connection.text(candidate, "verdict"),
                        Connection.decimal(candidate, "finishMs"),
                        Connection.text(candidate, "detail"));
            }
            connection.table(table);
        });
        return CommandFailure.DONE;
    }

    private static String kind(JsonNode job) {
        if (!job.path("latencyMs").isNumber()) {
            return "-";
        }
        return job.path("modelled").asBoolean() ? "modelled" : "measured";
    }
}
