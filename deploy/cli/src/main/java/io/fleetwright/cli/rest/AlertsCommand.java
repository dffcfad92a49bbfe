package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.Table;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What needs eyes now. */
@Command(
        name = "alerts",
        description = "What needs an operator's eyes now, the gravest first.",
        footer = "Exit codes: 0, or 1 with --fail when there is any.")
public final class AlertsCommand extends CliCommand {
    /** As the API has them. */
    enum Severity {
        CRITICAL,
        WARNING
    }

    @Mixin
    private Connection connection = new Connection();

    @Option(names = "--severity", paramLabel = "S", description = "only these: ${COMPLETION-CANDIDATES}")
    private @Nullable Severity severity;

    @Option(
            names = "--query",
            paramLabel = "Q",
            description = "only those of nodes that fit, such as label.site==north")
    private @Nullable String query;

    @Option(names = "--fail", description = "exit code 1 when there is any, for scripts")
    private boolean fails;

    @Override
    protected int execute() throws CommandFailure, InterruptedException {
        ArrayNode shown = JsonNodeFactory.instance.arrayNode();
        for (JsonNode alert : connection.call(client -> client.all("/api/v1/alerts", query))) {
            if (severity == null || severity.name().equalsIgnoreCase(Connection.text(alert, "severity"))) {
                shown.add(alert);
            }
        }
        connection.list(
                shown,
                new Table("severity", "rule", "subject", "since", "detail"),
                (table, alert) -> table.row(
                        Connection.text(alert, "severity"),
                        Connection.text(alert, "rule"),
                        Connection.text(alert.path("subject"), "id"),
                        Connection.text(alert, "since"),
                        Connection.text(alert, "detail")));
        return fails && !shown.isEmpty() ? CommandFailure.FAILED : CommandFailure.DONE;
    }
}
