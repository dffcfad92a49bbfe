package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.OutputFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Configuration for a broker of another make. */
@Command(name = "broker-config", description = "Writes TLS settings and access rules for a broker of another make.")
public final class BrokerConfigCommand extends CliCommand {
    @Mixin
    private Connection connection = new Connection();

    @Option(names = "--kind", required = true, paramLabel = "KIND", description = "mosquitto or emqx")
    private String kind = "";

    @Option(names = "--out", paramLabel = "DIR", description = "writes the files there instead of printing them")
    private @Nullable Path out;

    @Override
    protected int execute() throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get("/api/v1/broker-config/" + ApiClient.segment(kind)));
        for (Map.Entry<String, JsonNode> file : answer.path("files").properties()) {
            Path folder = out;
            if (folder == null) {
                out().printf("# %s%n%s%n", file.getKey(), file.getValue().asText());
                continue;
            }
            // Names come from the controller: no more than a name of them counts.
            Path target = folder.resolve(Path.of(file.getKey()).getFileName());
            try {
                Files.createDirectories(folder);
                OutputFile.write(target, file.getValue().asText().getBytes(StandardCharsets.UTF_8));
            } catch (IOException failure) {
                throw new CommandFailure("%s cannot be written: %s".formatted(target, failure.getMessage()), failure);
            }
            out().println(target);
        }
        return CommandFailure.DONE;
    }
}
