package io.fleetwright.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.cli.rest.ApiClient;
import io.fleetwright.cli.rest.ApiException;
import io.fleetwright.cli.rest.ModelCommand;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Publishes the demo's networks; what is there already stays as it is. */
final class Publisher {
    static final String VERSION = "1.0.0";

    private static final List<String> VARIANTS = List.of("w1.0-int8", "w0.5-int8");
    private static final int NOT_FOUND = 404;

    /** Networks beside the project whose published figures the profiles carry, by the name that those figures use. */
    private static final Map<String, String> BESIDE = besideTheProject();

    private final ApiClient client;
    private final Steps steps;

    Publisher(ApiClient client, Steps steps) {
        this.client = client;
        this.steps = steps;
    }

    private static Map<String, String> besideTheProject() {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("kws-dscnn", "kws_dscnn.tflite");
        files.put("ic-resnet8", "ic_resnet8.tflite");
        files.put("vww-mobilenetv1-0.25-96", "vww_mbv1.tflite");
        files.put("ad-fc-autoencoder", "ad_fc_ae.tflite");
        return files;
    }

    /**
     * The glyph network with both widths, measured on images that nobody trained on.
     *
     * @param seedFile keeps the seed of the evaluation set, which never changes once the version is there
     */
    JsonNode glyphs(Path seedFile, long seed) throws ApiException, CommandFailure, InterruptedException {
        boolean published = true;
        for (String variant : VARIANTS) {
            published &= variant(variant).path("accuracy").path("n").asInt() > 0;
        }
        if (!published) {
            long kept = keepSeed(seedFile, seed);
            // Once only: a set that is put again measures every variant again.
            byte @Nullable [] evaluation = Glyphs.evaluationSet(kept);
            for (String variant : VARIANTS) {
                ModelCommand.publish(
                        client, GlyphModels.MODEL, VERSION, variant, GlyphModels.bytes(variant), evaluation);
                evaluation = null;
            }
        }
        for (String variant : VARIANTS) {
            JsonNode card = variant(variant);
            steps.step("%s %s %s%s: %s"
                    .formatted(
                            GlyphModels.MODEL,
                            VERSION,
                            variant,
                            published ? " (published before)" : "",
                            ModelCommand.accuracy(card.path("accuracy"))));
        }
        return variant(VARIANTS.get(0));
    }

    /** The benchmark networks beside the project, when they are there. */
    void besideTheProject(Path home) throws ApiException, CommandFailure, InterruptedException {
        Path folder = home.resolveSibling("shared").resolve("models/mlperf-tiny");
        int published = 0;
        for (Map.Entry<String, String> network : BESIDE.entrySet()) {
            Path file = folder.resolve(network.getValue());
            if (Files.isRegularFile(file)) {
                ModelCommand.publish(client, network.getKey(), VERSION, "int8", InputFile.read(file), null);
                published++;
            }
        }
        if (published > 0) {
            steps.step("%d benchmark networks published".formatted(published));
        }
    }

    private JsonNode variant(String name) throws ApiException, InterruptedException {
        JsonNode model;
        try {
            model = client.get("/api/v1/models/" + GlyphModels.MODEL);
        } catch (ApiException refused) {
            if (refused.status() == NOT_FOUND) {
                return MissingNode.getInstance();
            }
            throw refused;
        }
        for (JsonNode version : model.path("versions")) {
            for (JsonNode variant : version.path("variants")) {
                if (version.path("version").asText().equals(VERSION)
                        && variant.path("variant").asText().equals(name)) {
                    return variant;
                }
            }
        }
        return MissingNode.getInstance();
    }

    private static long keepSeed(Path file, long seed) throws CommandFailure {
        try {
            if (!Files.exists(file)) {
                Files.writeString(file, Long.toString(seed));
            }
            return Long.parseLong(Files.readString(file).strip());
        } catch (IOException | NumberFormatException unusable) {
            throw new CommandFailure("%s cannot be used: %s".formatted(file, unusable.getMessage()), unusable);
        }
    }
}
