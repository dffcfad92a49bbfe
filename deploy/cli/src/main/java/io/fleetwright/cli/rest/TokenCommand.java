package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
                    int minutes,
            @Option(
                            names = "--label",
                            paramLabel = "NAME=VALUE",
                            description = "label that its nodes get; may be repeated")
                    @Nullable
                    Map<String, String> labels)
            throws CommandFailure, InterruptedException {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("uses", uses).put("minutes", minutes);
        if (labels != null) {
            labels.forEach(body.putObject("labels")::put);
        }
        JsonNode made = connection.call(client -> client.post("/api/v1/enrolment-tokens", body));
        connection.one(made, () -> connection.line(Connection.text(made, "token")));
        return CommandFailure.DONE;
    }

    @Command(name = "create", description = "Makes an API token; it is shown once.")
    int create(
            @Mixin Connection connection,
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--role",
                            defaultValue = "viewer",
                            paramLabel = "ROLE",
                            description = "viewer, operator, approver or admin (default: ${DEFAULT-VALUE})")
                    String role,
            @Option(
                            names = "--scope",
                            split = ",",
                            paramLabel = "SCOPE",
                            description =
                                    "limits the token, such as read,models:write; all that the role may do without")
                    @Nullable
                    List<String> scopes,
            @Option(
                            names = "--minutes",
                            defaultValue = "129600",
                            paramLabel = "N",
                            description = "how long it is valid, 1 to 527040 (default: ${DEFAULT-VALUE}, 90 days)")
                    int minutes)
            throws CommandFailure, InterruptedException {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("role", role)
                .put("minutes", minutes);
        if (scopes != null) {
            scopes.forEach(body.putArray("scopes")::add);
        }
        JsonNode made = connection.call(client -> client.post("/api/v1/tokens", body));
        connection.one(made, () -> connection.line(Connection.text(made, "token")));
        return CommandFailure.DONE;
    }

    @Command(name = "ls", description = "All API tokens, or all enrolment tokens; never their text.")
    int list(
            @Mixin Connection connection,
            @Option(names = "--enrolment", description = "enrolment tokens instead") boolean enrolment)
            throws CommandFailure, InterruptedException {
        JsonNode items =
                connection.call(client -> client.all(enrolment ? "/api/v1/enrolment-tokens" : "/api/v1/tokens"));
        if (enrolment) {
            connection.list(
                    items,
                    new Table("id", " left", "labels", "by", "until"),
                    (table, token) -> table.row(
                            Connection.text(token, "id"),
                            Connection.text(token, "usesLeft"),
                            token.path("labels").toString(),
                            Connection.text(token, "createdBy"),
                            Connection.text(token, "expiresAt")));
        } else {
            connection.list(
                    items,
                    new Table("id", "name", "role", "scopes", "by", "until"),
                    (table, token) -> table.row(
                            Connection.text(token, "id"),
                            Connection.text(token, "name"),
                            Connection.text(token, "role"),
                            token.path("scopes").toString(),
                            Connection.text(token, "createdBy"),
                            Connection.text(token, "expiresAt")));
        }
        return CommandFailure.DONE;
    }

    @Command(name = "revoke", description = "Ends a token by the id that 'ls' shows.")
    int revoke(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--enrolment", description = "an enrolment token") boolean enrolment)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client ->
                client.delete((enrolment ? "/api/v1/enrolment-tokens/" : "/api/v1/tokens/") + ApiClient.segment(id)));
        connection.one(answer, () -> connection.line("revoked"));
        return CommandFailure.DONE;
    }

    @Command(
            name = "exchange",
            description = "Exchanges the one-time setup token, or the OIDC ID token of a CI run, for an API token.")
    int exchange(
            @Mixin Connection connection,
            @Parameters(
                            paramLabel = "TOKEN",
                            defaultValue = "${env:FLEETWRIGHT_ID_TOKEN:-}",
                            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
                            description = "default: FLEETWRIGHT_ID_TOKEN, which other users of this machine cannot see")
                    String token)
            throws CommandFailure, InterruptedException {
        if (token.isBlank()) {
            throw new CommandFailure("give a token, or set FLEETWRIGHT_ID_TOKEN", CommandFailure.WRONG_USAGE);
        }
        boolean setup = token.startsWith("fws_");
        JsonNode made = connection.callOpen(client -> client.post(
                setup ? "/api/v1/setup" : "/api/v1/token-exchange",
                JsonNodeFactory.instance.objectNode().put(setup ? "setupToken" : "idToken", token)));
        connection.one(made, () -> connection.line(Connection.text(made, "token")));
        return CommandFailure.DONE;
    }

    @Command(
            name = "reset-admin",
            description =
                    "Makes a fresh one-time setup token; needs access to the data folder of a running controller.")
    int resetAdmin(
            @Mixin Connection connection,
            @Option(
                            names = "--data",
                            defaultValue = "${env:FLEETWRIGHT_DATA_DIR:-.fleetwright/controller}",
                            paramLabel = "DIR",
                            description = "the controller's data folder (default: ${DEFAULT-VALUE})")
                    Path data,
            @Option(
                            names = "--tenant",
                            defaultValue = "default",
                            paramLabel = "NAME",
                            description =
                                    "whose administrator it makes; one that nobody has heard of begins so (default: ${DEFAULT-VALUE})")
                    String tenant)
            throws CommandFailure, InterruptedException {
        String token = SetupTokenReset.in(data, tenant);
        connection.one(JsonNodeFactory.instance.objectNode().put("token", token), () -> connection.line(token));
        return CommandFailure.DONE;
    }
}
