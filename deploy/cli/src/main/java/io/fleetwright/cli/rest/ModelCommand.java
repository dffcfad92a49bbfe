package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.CommandGroup;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.Table;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Models, versions and variants. */
@Command(name = "model", description = "Models, their versions and variants.")
public final class ModelCommand extends CommandGroup {
    @Command(name = "list", description = "All models.")
    int list(@Mixin Connection connection) throws CommandFailure, InterruptedException {
        JsonNode items = connection.call(client -> client.all("/api/v1/models"));
        connection.list(items, new Table("model", " versions", "newest", "created"), (table, model) -> {
            JsonNode versions = model.path("versions");
            table.row(
                    Connection.text(model, "model"),
                    String.valueOf(versions.size()),
                    Connection.text(versions.path(0), "version"),
                    Connection.text(model, "createdAt"));
        });
        return CommandFailure.DONE;
    }

    @Command(name = "show", description = "One model with its variants.")
    int show(@Mixin Connection connection, @Parameters(paramLabel = "MODEL") String model)
            throws CommandFailure, InterruptedException {
        JsonNode answer = connection.call(client -> client.get("/api/v1/models/" + ApiClient.segment(model)));
        connection.one(answer, () -> {
            Table table = new Table("version", "state", "variant", " bytes", " macs", "accuracy");
            for (JsonNode version : answer.path("versions")) {
                for (JsonNode variant : version.path("variants")) {
                    table.row(
                            Connection.text(version, "version"),
                            Connection.text(version, "state"),
                            Connection.text(variant, "variant"),
                            Connection.text(variant, "bytes"),
                            Connection.text(variant, "macs"),
                            accuracy(variant.path("accuracy")));
                }
            }
            connection.table(table);
        });
        return CommandFailure.DONE;
    }

    @Command(name = "push", description = "Uploads a variant; makes model and version when they are not there.")
    int push(
            @Mixin Connection connection,
            @Parameters(index = "0", paramLabel = "MODEL") String model,
            @Parameters(index = "1", paramLabel = "VERSION") String version,
            @Parameters(index = "2", paramLabel = "VARIANT") String variant,
            @Parameters(index = "3", paramLabel = "FILE", description = "an int8 TensorFlow Lite file") Path file,
            @Option(
                            names = "--evaluation-set",
                            paramLabel = "F",
                            description = "labelled inputs in forge's format; variants are measured on them")
                    @Nullable
                    Path evaluationSet)
            throws CommandFailure, InterruptedException {
        byte[] artifact = InputFile.read(file);
        byte[] evaluation = evaluationSet == null ? null : InputFile.read(evaluationSet);
        JsonNode answer = connection.call(client -> publish(client, model, version, variant, artifact, evaluation));
        connection.one(
                answer,
                () -> connection.line("%s %s %s: %s, %s"
                        .formatted(
                                model,
                                version,
                                variant,
                                Connection.text(answer, "digest"),
                                accuracy(answer.path("accuracy")))));
        return CommandFailure.DONE;
    }

    /** Makes what is not there yet and uploads; doing it twice has the effect of doing it once. */
    public static JsonNode publish(
            ApiClient client,
            String model,
            String version,
            String variant,
            byte[] artifact,
            byte @Nullable [] evaluationSet)
            throws ApiException, InterruptedException {
        String versions = "/api/v1/models/%s/versions".formatted(ApiClient.segment(model));
        String one = versions + "/" + ApiClient.segment(version);
        client.post("/api/v1/models", JsonNodeFactory.instance.objectNode().put("model", model));
        client.post(versions, JsonNodeFactory.instance.objectNode().put("version", version));
        if (evaluationSet != null) {
            client.put(one + "/evaluation-set", evaluationSet);
        }
        return client.put(one + "/variants/" + ApiClient.segment(variant), artifact);
    }

    /** A measured accuracy in words. */
    public static String accuracy(JsonNode accuracy) {
        return accuracy.path("n").asInt() == 0
                ? "accuracy not measured"
                : "%.2f %% of n=%d (95 %% interval %.2f to %.2f)"
                        .formatted(
                                accuracy.path("fraction").asDouble() * 100,
                                accuracy.path("n").asInt(),
                                accuracy.path("low95").asDouble() * 100,
                                accuracy.path("high95").asDouble() * 100);
    }
}
