package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.Table;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What inferences took. */
@Command(
        name = "energy",
        description =
                "What inferences took lately. Measured and modelled energy are never added up; unknown energy is counted.")
public final class EnergyCommand extends CliCommand {
    /** As the API has them. */
    enum Group {
        DEVICE,
        NODE,
        CLASS,
        MODEL
    }

    @Mixin
    private Connection connection = new Connection();

    @Option(
            names = "--group",
            defaultValue = "device",
            paramLabel = "G",
            description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
    private Group group = Group.DEVICE;

    @Option(
            names = "--minutes",
            defaultValue = "60",
            paramLabel = "N",
            description = "the last ones, 1 to 10080; default ${DEFAULT-VALUE}")
    private int minutes;

    @Override
    protected int execute() throws CommandFailure, InterruptedException {
        JsonNode use = connection.call(client -> client.get("/api/v1/energy?group=%s&minutes=%d&limit=200"
                .formatted(group.name().toLowerCase(Locale.ROOT), minutes)));
        connection.one(use, () -> {
            Table table = new Table("group", "of", "method", " mJ", " +-mJ", " runs", " mJ each", " unknown");
            for (JsonNode used : use.path("items")) {
                String unknown = "%.1f %%".formatted(used.path("unknownShare").asDouble() * 100);
                String name = Connection.text(used, "group");
                if (used.path("figures").isEmpty()) {
                    table.row(name, "-", "unknown", "-", "-", Connection.text(used, "runs"), "-", unknown);
                }
                used.path("figures").forEach(figure -> row(table, name, "kind", figure, unknown));
            }
            use.path("totals").forEach(total -> row(table, "all", "what", total, "-"));
            connection.table(table);
            connection.line("%s of %s runs with unknown energy, from %s to %s"
                    .formatted(
                            Connection.text(use, "unknown"),
                            Connection.text(use, "runs"),
                            Connection.text(use, "from"),
                            Connection.text(use, "to")));
            if (use.has("framesFrom")) {
                connection.line("frames of streams are known from %s on".formatted(Connection.text(use, "framesFrom")));
            }
            if (use.path("more").asInt() > 0) {
                connection.line("%s more groups took less".formatted(Connection.text(use, "more")));
            }
        });
        return CommandFailure.DONE;
    }

    private static void row(Table table, String name, String kind, JsonNode figure, String unknown) {
        String method = figure.has("energyMethod")
                ? Connection.text(figure, "energyMethod")
                : figure.path("modelled").asBoolean() ? "modelled" : "measured";
        table.row(
                name,
                Connection.text(figure, kind),
                method,
                Connection.decimal(figure, "mj"),
                Connection.decimal(figure, "uncertaintyMj"),
                Connection.text(figure, "runs"),
                Connection.decimal(figure, "mjEach"),
                unknown);
    }
}
