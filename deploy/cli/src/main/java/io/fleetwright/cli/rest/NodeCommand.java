package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.Table;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Nodes and their devices. */
@Command(name = "node", description = "Nodes of the fleet.")
public final class NodeCommand extends CommandGroup {
    @Command(name = "list", aliases = "ls", description = "Nodes, all or those that fit a query.")
    int list(
            @Mixin Connection connection,
            @Option(
                            names = {"-q", "--query"},
                            paramLabel = "Q",
                            description = "RSQL, such as class==gpu;label.site==north")
                    @Nullable
                    String query)
            throws CommandFailure, InterruptedException {
        JsonNode items = connection.call(client -> client.all("/api/v1/nodes", query));
        connection.list(
                items,
                new Table("node", "status", "agent", " desired", " applied", "devices", "labels"),
                (table, node) -> table.row(
                        Connection.text(node, "node"),
                        Connection.text(node, "status"),
                        Connection.text(node, "agentVersion"),
                        Connection.text(node, "desiredVersion"),
                        Connection.text(node, "appliedVersion"),
                        devices(node),
                        labels(node)));
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
            for (JsonNode sensor : answer.path("sensors")) {
                connection.line(
                        "sensor %s (%s)".formatted(Connection.text(sensor, "sensor"), Connection.text(sensor, "kind")));
            }
            for (JsonNode device : answer.path("devices")) {
                for (JsonNode drift : device.path("drifts")) {
                    connection.line("%s took %.2f times what it had taken for %s, at %s"
                            .formatted(
                                    Connection.text(device, "device"),
                                    drift.path("ratio").asDouble(),
                                    Connection.text(drift, "digest"),
                                    Connection.text(drift, "at")));
                }
            }
        });
        return CommandFailure.DONE;
    }

    @Command(
            name = "operators",
            description = "What each operator of a network takes on a device, where the device has measured it.")
    int operators(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "NODE/DEVICE") String device,
            @Parameters(index = "1", paramLabel = "SLOT") String slot)
            throws CommandFailure, InterruptedException {
        String[] names = device.split("/", -1);
        if (names.length != 2 || names[0].isEmpty() || names[1].isEmpty()) {
            throw new CommandFailure("(%s) must be NODE/DEVICE".formatted(device), CommandFailure.WRONG_USAGE);
        }
        JsonNode answer = connection.call(client -> client.get("/api/v1/devices/%s/%s/operators/%s"
                .formatted(ApiClient.segment(names[0]), ApiClient.segment(names[1]), ApiClient.segment(slot))));
        connection.one(answer, () -> {
            String state = Connection.text(answer, "state");
            boolean isLeftOut = state.equals("left-out");
            if (!isLeftOut && !state.equals("measured")) {
                connection.line("%s on %s: %s".formatted(slot, device, state));
                return;
            }
            Table table = new Table(" operator", "name", "kernel", " macs", " bytes", " p50 us", " time %", " macs %");
            for (JsonNode one : answer.path("operators")) {
                table.row(
                        Connection.text(one, "index"),
                        Connection.text(one, "operator"),
                        Connection.text(one, "kernel"),
                        Connection.text(one, "macs"),
                        Connection.text(one, "bytes"),
                        "%.1f".formatted(one.path("p50Ms").asDouble() * 1000),
                        "%.1f".formatted(one.path("share").asDouble() * 100),
                        "%.1f".formatted(one.path("macsShare").asDouble() * 100));
            }
            connection.table(table);
            connection.line("%.3f ms in all, medians of %s rounds on %s, measured %s"
                    .formatted(
                            answer.path("totalMs").asDouble(),
                            Connection.text(answer, "rounds"),
                            Connection.text(answer, "kernels"),
                            Connection.text(answer, "measuredAt")));
            if (isLeftOut) {
                connection.line("left out of plans: runs of the whole network take less than half of that");
            }
        });
        return CommandFailure.DONE;
    }

    @Command(name = "label", description = "Sets labels of a node, or takes them away: site=north rack-")
    int label(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "NODE") String node,
            @Parameters(index = "1..*", arity = "1..*", paramLabel = "NAME=VALUE|NAME-") List<String> changes)
            throws CommandFailure, InterruptedException {
        ObjectNode labels = JsonNodeFactory.instance.objectNode();
        for (String change : changes) {
            int at = change.indexOf('=');
            if (at > 0) {
                labels.put(change.substring(0, at), change.substring(at + 1));
            } else if (at < 0 && change.endsWith("-") && change.length() > 1) {
                labels.putNull(change.substring(0, change.length() - 1));
            } else {
                throw new CommandFailure(
                        "(%s) must be NAME=VALUE, or NAME- to take a label away".formatted(change),
                        CommandFailure.WRONG_USAGE);
            }
        }
        JsonNode answer = connection.call(client -> client.patch(
                "/api/v1/nodes/" + ApiClient.segment(node),
                JsonNodeFactory.instance.objectNode().set("labels", labels)));
        connection.one(answer, () -> connection.line("%s: %s".formatted(node, labels(answer))));
        return CommandFailure.DONE;
    }

    private static String labels(JsonNode node) {
        List<String> labels = new ArrayList<>();
        node.path("labels")
                .properties()
                .forEach(label -> labels.add(
                        "%s=%s".formatted(label.getKey(), label.getValue().asText())));
        return String.join(",", labels);
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
