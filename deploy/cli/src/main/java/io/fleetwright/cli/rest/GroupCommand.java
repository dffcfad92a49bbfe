package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Queries over devices that have a name. */
@Command(name = "group", description = "Groups of devices: queries with a name, used as group==NAME.")
public final class GroupCommand extends CommandGroup {
    @Command(name = "list", aliases = "ls", description = "All groups.")
    int list(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        JsonNode items = connection.call(client -> client.all("/api/v1/groups"));
        connection.list(
                items,
                new Table("group", "query", "by"),
                (table, group) -> table.row(
                        Connection.text(group, "name"), Connection.text(group, "q"), Connection.text(group, "by")));
        return CommandFailure.DONE;
    }

    @Command(name = "show", description = "One group, and how many devices belong to it now.")
    int show(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get(path(name)));
        connection.one(answer, () -> connection.line(line(answer)));
        return CommandFailure.DONE;
    }

    @Command(name = "set", description = "Makes a group, or gives it another query.")
    int set(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "NAME") String name,
            @Parameters(index = "1", paramLabel = "QUERY", description = "RSQL, such as class==gpu;label.site==north")
                    String query)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client ->
                client.put(path(name), JsonNodeFactory.instance.objectNode().put("q", query)));
        connection.one(answer, () -> connection.line(line(answer)));
        return CommandFailure.DONE;
    }

    @Command(name = "delete", description = "Deletes a group that no other group needs.")
    int delete(@Mixin Connection connection, @Parameters(paramLabel = "NAME") String name)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.delete(path(name)));
        connection.one(answer, () -> connection.line(name + " is deleted"));
        return CommandFailure.DONE;
    }

    private static String path(String name) {
        return "/api/v1/groups/" + ApiClient.segment(name);
    }

    private static String line(JsonNode group) {
        return "%s: %s, %s devices now"
                .formatted(
                        Connection.text(group, "name"), Connection.text(group, "q"), Connection.text(group, "devices"));
    }
}
