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

/** Nodes and their devices. */
@Command(name = "node", description = "Nodes of the fleet.")
public final class NodeCommand extends CommandGroup {
    @Command(name = "list", description = "All nodes.")
    int list(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        JsonNode items = connection.call(client -> client.all("/api/v1/nodes"));
        connection.list(
                items,
                new Table("node", "status", "agent", " desired", " applied", "devices"),
                (table, node) -> table.row(
                        Connection.text(node, "node"),
                        Connection.text(node, "status"),
                        Connection.text(node, "agentVersion"),
                        Connection.text(node, "desiredVersion"),
                        Connection.text(node, "appliedVersion"),
                        devices(node)));
        return CommandFailure.DONE;
    }

    @Command(name = "show", description = "One node with its devices and what they run.")
    int show(@Mixin Connection connection, @Parameters(paramLabel = "NODE") String node)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get("/api/v1/nodes/" + ApiClient.segment(node)));
        connection.one(answer, () -> {
            connection.line("%s is %s, last seen %s"
                    .formatted(
                            Connection.text(answer, "node"),
                            Connection.text(answer, "status"),
                            Connection.text(answer, "lastSeenAt")));
            Table table = new Table("device", "class", "driver", "profile", "slot", "variant", "state", " latency ms");
            for (JsonNode device : answer.path("devices")) {
                slots(table, device);
            }
            connection.table(table);
        });
        return CommandFailure.DONE;
    }

    @Command(
            name = "revoke",
            description = "Refuses the node's keys for good and cuts its session; its work goes to others.")
    int revoke(@Mixin Connection connection, @Parameters(paramLabel = "NODE") String node)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.post(
                "/api/v1/nodes/%s/revoke".formatted(ApiClient.segment(node)), JsonNodeFactory.instance.objectNode()));
        connection.one(answer, () -> connection.line(node + " is revoked"));
        return CommandFailure.DONE;
    }

    @Command(name = "delete", description = "Deletes a node that is revoked or does not come back.")
    int delete(@Mixin Connection connection, @Parameters(paramLabel = "NODE") String node)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.delete("/api/v1/nodes/" + ApiClient.segment(node)));
        connection.one(answer, () -> connection.line(node + " is deleted"));
        return CommandFailure.DONE;
    }

    private static void slots(Table table, JsonNode device) {
        String latency = Connection.decimal(device, "latencyMs")
                + (device.path("modelled").asBoolean() ? " modelled" : "");
        List<JsonNode> slots = new ArrayList<>();
        device.path("slots").forEach(slots::add);
        if (slots.isEmpty()) {
            slots.add(com.fasterxml.jackson.databind.node.MissingNode.getInstance());
        }
        for (JsonNode slot : slots) {
            table.row(
                    Connection.text(device, "device"),
                    Connection.text(device, "class"),
                    Connection.text(device, "driver"),
                    Connection.text(device, "profile"),
                    Connection.text(slot, "slot"),
                    Connection.text(slot, "variant"),
                    Connection.text(slot, "state"),
                    latency);
        }
    }

    private static String devices(JsonNode node) {
        List<String> devices = new ArrayList<>();
        for (JsonNode device : node.path("devices")) {
            devices.add("%s (%s)".formatted(Connection.text(device, "device"), Connection.text(device, "class")));
        }
        return String.join(", ", devices);
    }
}
