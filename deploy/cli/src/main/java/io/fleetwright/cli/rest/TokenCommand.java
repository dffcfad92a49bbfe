package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tokens for boards and people. */
@Command(name = "token", description = "Tokens for boards and people.")
public final class TokenCommand extends CommandGroup {
    @Command(name = "enrol", description = "Makes a token that lets boards enrol; it is shown once.")
    int enrol(
            @Mixin Connection connection,
            @Option(
                            names = "--uses",
                            defaultValue = "1",
                            paramLabel = "N",
                            description = "boards that may use it, 1 to 1000 (default: ${DEFAULT-VALUE})")
                    int uses,
            @Option(
                            names = "--minutes",
                            defaultValue = "60",
                            paramLabel = "N",
                            description = "how long it is valid, 1 to 10080 (default: ${DEFAULT-VALUE})")
                    int minutes)
            throws CommandFailure, InterruptedException {
        JsonNode made = connection.call(client -> client.post(
                "/api/v1/enrolment-tokens",
                JsonNodeFactory.instance.objectNode().put("uses", uses).put("minutes", minutes)));
        connection.one(made, () -> connection.line(Connection.text(made, "token")));
        return CommandFailure.DONE;
    }

    @Command(name = "exchange", description = "Exchanges the one-time setup token for an API token; works once.")
    int exchange(@Mixin Connection connection, @Parameters(paramLabel = "SETUP-TOKEN") String setupToken)
            throws CommandFailure, InterruptedException {
        JsonNode made = connection.callOpen(client -> client.post(
                "/api/v1/setup", JsonNodeFactory.instance.objectNode().put("setupToken", setupToken)));
        connection.one(made, () -> connection.line(Connection.text(made, "token")));
        return CommandFailure.DONE;
    }
}
