package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The audit log. */
@Command(name = "audit", description = "Who changed what, and what was refused.")
public final class AuditCommand extends CommandGroup {
    @Command(name = "ls", description = "The newest entries.")
    int list(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        JsonNode page = connection.call(client -> client.get("/api/v1/audit"));
        connection.list(
                page.path("items"),
                new Table(" place", "at", "who", "action", "what"),
                (table, entry) -> table.row(
                        Connection.text(entry, "place"),
                        Connection.text(entry, "at"),
                        Connection.text(entry, "who"),
                        Connection.text(entry, "action"),
                        Connection.text(entry, "what")));
        return CommandFailure.DONE;
    }

    @Command(
            name = "verify",
            description = "Checks that no entry was changed, taken out or slipped in.",
            footer = "Exit codes: 0 intact, 1 not.")
    int verify(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get("/api/v1/audit/verify"));
        boolean intact = answer.path("intact").asBoolean();
        connection.one(
                answer,
                () -> connection.line(
                        intact
                                ? "%s entries are intact, head %s%s"
                                        .formatted(
                                                Connection.text(answer, "entries"),
                                                Connection.text(answer, "head"),
                                                answer.path("unchained").asLong() == 0
                                                        ? ""
                                                        : "; %d older ones are in no chain"
                                                                .formatted(answer.path("unchained")
                                                                        .asLong()))
                                : "broken at entry %s: %s"
                                        .formatted(
                                                Connection.text(answer, "firstBreak"),
                                                Connection.text(answer, "why"))));
        return intact ? CommandFailure.DONE : CommandFailure.FAILED;
    }
}
