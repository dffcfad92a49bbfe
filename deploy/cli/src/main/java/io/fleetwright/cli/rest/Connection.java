package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.Table;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every command that talks to a controller. */
final class Connection {
    /** How an answer is printed. */
    enum Format {
        TABLE,
        JSON
    }

    /** Work with a client. */
    @FunctionalInterface
    interface Work<T> {
        T with(ApiClient client) throws ApiException, CommandFailure, InterruptedException;
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    private static final int DELETE = 0x7f;

    @Option(
            names = "--url",
            defaultValue = "${env:FLEETWRIGHT_URL:-http://127.0.0.1:8080}",
            paramLabel = "URL",
            description = "the controller; default: FLEETWRIGHT_URL, else http://127.0.0.1:8080")
    private String url = "";

    @Option(
            names = "--token",
            defaultValue = "${env:FLEETWRIGHT_TOKEN:-}",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            paramLabel = "T",
            description = "API token; default: FLEETWRIGHT_TOKEN, which other users of this machine cannot see")
    private @Nullable String token;

    @Option(
            names = {"-o", "--format"},
            defaultValue = "table",
            paramLabel = "json|table",
            description = "how to print the answer (default: ${DEFAULT-VALUE})")
    private Format format = Format.TABLE;

    /** Does the work with a client that has a token. */
    <T> T call(Work<T> work) throws CommandFailure, InterruptedException {
        String given = token;
        if (given == null || given.isBlank()) {
            throw new ParameterException(spec.commandLine(), "give an API token with --token or FLEETWRIGHT_TOKEN");
        }
        String bearer = given.strip();
        if (!bearer.chars().allMatch(c -> c > ' ' && c < DELETE)) {
            // Without saying it: what refuses it further on would.
            throw new ParameterException(spec.commandLine(), "the API token has characters that no token has");
        }
        return open(bearer, work);
    }

    /** Does the work with a client that has no token. */
    <T> T callOpen(Work<T> work) throws CommandFailure, InterruptedException {
        return open(null, work);
    }

    private <T> T open(@Nullable String bearer, Work<T> work) throws CommandFailure, InterruptedException {
        ApiClient client;
        try {
            client = new ApiClient(url, bearer);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), "--url: " + wrong.getMessage());
        }
        try (client) {
            return work.with(client);
        } catch (ApiException refused) {
            throw refused.asFailure();
        }
    }

    /** Prints a list: {@code {"items": [...]}} or one row per item. */
    void list(JsonNode items, Table table, BiConsumer<Table, JsonNode> row) {
        if (format == Format.JSON) {
            printJson(JsonNodeFactory.instance.objectNode().set("items", items));
            return;
        }
        items.forEach(item -> row.accept(table, item));
        table.print(spec.commandLine().getOut());
    }

    /** Prints one answer as JSON, or in the way given. */
    void one(JsonNode answer, Runnable text) {
        if (format == Format.JSON) {
            printJson(answer);
        } else {
            text.run();
        }
    }

    void line(String text) {
        spec.commandLine().getOut().println(text);
    }

    void table(Table table) {
        table.print(spec.commandLine().getOut());
    }

    private void printJson(JsonNode json) {
        spec.commandLine().getOut().println(json);
    }

    /** A member as text; a dash when it is not there. */
    static String text(JsonNode node, String member) {
        JsonNode value = node.path(member);
        return value.isMissingNode() || value.isNull() ? "-" : value.asText();
    }

    /** A number with three decimals; a dash when it is not there. */
    static String decimal(JsonNode node, String member) {
        JsonNode value = node.path(member);
        return value.isNumber() ? "%.3f".formatted(value.asDouble()) : "-";
    }

    /** With its unit, or {@code unknown}: energy that nobody knows is no figure. */
    static String millijoules(JsonNode node, String member) {
        return node.path(member).isNumber() ? decimal(node, member) + " mJ" : "unknown";
    }
}
