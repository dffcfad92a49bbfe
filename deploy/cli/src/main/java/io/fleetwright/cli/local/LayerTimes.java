package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.graph.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What each operator of a network took on a board, as {@code infer --bench --json} and an agent's {@code --profile} tell. */
final class LayerTimes {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double MICROS_PER_MILLI = 1e3;

    private LayerTimes() {}

    /**
     * Medians in ms by operator; empty when the name is no file of such times.
     *
     * @throws CommandFailure when it is one, of another network
     */
    static Optional<double[]> millis(String name, Graph graph) throws CommandFailure {
        Path file = Path.of(name);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        JsonNode layers;
        try {
            layers = JSON.readTree(InputFile.read(file)).path("layers");
        } catch (IOException _) {
            return Optional.empty();
        }
        if (!layers.isArray()) {
            return Optional.empty();
        }
        var operators = ModelReport.of(graph).operators();
        if (layers.size() != operators.size()) {
            throw new CommandFailure("%s has times of %d operators, %s has %d"
                    .formatted(file, layers.size(), graph.name(), operators.size()));
        }
        double[] millis = new double[layers.size()];
        for (int operator = 0; operator < millis.length; operator++) {
            JsonNode layer = layers.get(operator);
            String found = layer.path("operator").asText();
            String wanted = operators.get(operator).name();
            if (!found.equals(wanted)) {
                throw new CommandFailure("%s has times of %s as operator %d, %s has %s there"
                        .formatted(file, found.isEmpty() ? "nothing" : found, operator, graph.name(), wanted));
            }
            double micros = layer.path("p50Us").asDouble(-1);
            if (!(micros >= 0) || Double.isInfinite(micros)) {
                throw new CommandFailure("%s: p50Us of operator %d (%s) must be 0 or more"
                        .formatted(file, operator, layer.path("p50Us")));
            }
            millis[operator] = micros / MICROS_PER_MILLI;
        }
        return Optional.of(millis);
    }
}
