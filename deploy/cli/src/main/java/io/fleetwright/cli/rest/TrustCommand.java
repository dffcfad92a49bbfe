package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.Table;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The signing set. */
@Command(name = "trust", description = "Keys that nodes trust, and what has been released under them.")
public final class TrustCommand extends CommandGroup {
    @Command(name = "show", description = "The root, the keys of each role, and the lines.")
    int show(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        print(connection, connection.call(client -> client.get("/api/v1/trust")));
        return CommandFailure.DONE;
    }

    @Command(
            name = "rotate",
            description = "Gives a role a new key; what the old one signed counts no longer, and nodes follow.")
    int rotate(
            @Mixin Connection connection,
            @Parameters(paramLabel = "ROLE", description = "root, targets, snapshot, timestamp or director")
                    String role)
            throws CommandFailure, InterruptedException {
        print(
                connection,
                connection.call(client -> client.post(
                        "/api/v1/trust/rotate",
                        JsonNodeFactory.instance.objectNode().put("role", role))));
        return CommandFailure.DONE;
    }

    private static void print(Connection connection, JsonNode trust) {
        connection.one(trust, () -> {
            connection.line("root %s of %s, until %s"
                    .formatted(
                            Connection.text(trust, "root"),
                            Connection.text(trust, "issuedAt"),
                            Connection.text(trust, "expiresAt")));
            Table roles = new Table("role", " threshold", "keys");
            for (JsonNode role : trust.path("roles")) {
                List<String> keys = new ArrayList<>();
                role.path("keys").forEach(key -> keys.add(key.asText()));
                roles.row(Connection.text(role, "role"), Connection.text(role, "threshold"), String.join(", ", keys));
            }
            connection.table(roles);
            Table lines = new Table("line", " version", " artifacts", " release", " back to", "until");
            for (JsonNode line : trust.path("lines")) {
                lines.row(
                        Connection.text(line, "line"),
                        Connection.text(line, "version"),
                        Connection.text(line, "artifacts"),
                        Connection.text(line, "release"),
                        Connection.text(line, "downgradeTo"),
                        Connection.text(line, "expiresAt"));
            }
            connection.table(lines);
        });
    }
}
