package io.fleetwright.agent.boot;

import com.fasterxml.jackson.core.JsonFactory;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.LayerProfile;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** What each operator of a model costs on this board, for a scheduler's cost table. */
final class ProfileReport {
    private static final double SECONDS = 5;

    private ProfileReport() {}

    /**
     * Runs the model for some seconds.
     *
     * @return one JSON object: {@code model}, {@code kernels}, {@code totalUs} (sum of medians) and {@code layers} with
     *     {@code index}, {@code operator}, {@code kernel}, {@code macs}, {@code bytes} and {@code p50Us}
     * @throws IOException when the file cannot be read, is too large, or is no model that this runtime runs
     */
    static String of(Path file) throws IOException {
        if (Files.size(file) > Limits.FILE_BYTES_MAX) {
            throw new IOException("%s has more than %d bytes".formatted(file, Limits.FILE_BYTES_MAX));
        }
        String name = String.valueOf(file.getFileName());
        try {
            var graph = ModelReader.read(Files.readAllBytes(file), name);
            var kernels = Kernels.best();
            try (var interpreter = Interpreter.create(graph, graph.arithmetic(), kernels)) {
                var layers = LayerProfile.measure(graph, interpreter, SECONDS);
                var text = new StringWriter();
                try (var json = new JsonFactory().createGenerator(text)) {
                    json.writeStartObject();
                    json.writeStringField("model", name);
                    json.writeStringField("kernels", kernels.name());
                    json.writeNumberField(
                            "totalUs",
                            layers.stream().mapToLong(LayerProfile::p50Nanos).sum() / 1e3);
                    json.writeArrayFieldStart("layers");
                    for (var layer : layers) {
                        json.writeStartObject();
                        json.writeNumberField("index", layer.index());
                        json.writeStringField("operator", layer.operator());
                        json.writeStringField("kernel", layer.kernel());
                        json.writeNumberField("macs", layer.macs());
                        json.writeNumberField("bytes", layer.bytes());
                        json.writeNumberField("p50Us", layer.p50Nanos() / 1e3);
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                }
                return text.toString();
            }
        } catch (ModelException unusable) {
            throw new IOException(unusable.getMessage(), unusable);
        }
    }
}
