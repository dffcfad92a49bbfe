package io.fleetwright.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the devices answered, device by device. Measured and modelled figures stand apart. */
final class Tally {
    /** The answers of one device. */
    private static final class Row {
        private String variant = "-";
        private int requests;
        private int correct;
        private final List<Double> latencies = new ArrayList<>();
        private boolean modelled;
        private double energySum;
        private int energyCount;
        private String energyMethod = "unknown";
    }

    private final Map<String, String> classes;
    private final Map<String, Row> rows = new TreeMap<>();

    /** @param classes device class by {@code node/device} */
    Tally(Map<String, String> classes) {
        this.classes = Map.copyOf(classes);
    }

    /** Adds an answer of the inference protocol; the {@code node/device} that gave it. */
    synchronized String add(JsonNode answer, int label) {
        JsonNode parameters = answer.path("parameters");
        String place = parameters.path("node").asText() + "/"
                + parameters.path("device").asText();
        Row row = rows.computeIfAbsent(place, _ -> new Row());
        row.requests++;
        row.correct += Glyphs.answeredClass(answer) == label ? 1 : 0;
        row.variant = parameters.path("variant").asText();
        row.modelled = parameters.path("modelled").asBoolean();
        if (parameters.path("latency_ms").isNumber()) {
            row.latencies.add(parameters.path("latency_ms").asDouble());
        }
        if (parameters.path("energy_mj").isNumber()) {
            row.energySum += parameters.path("energy_mj").asDouble();
            row.energyCount++;
            row.energyMethod = parameters.path("energy_method").asText();
        }
        return place;
    }

    synchronized int requests() {
        return rows.values().stream().mapToInt(row -> row.requests).sum();
    }

    synchronized int correct() {
        return rows.values().stream().mapToInt(row -> row.correct).sum();
    }

    synchronized Table table() {
        Table table = new Table(
                "node", "device", "class", "variant", " requests", " correct", " latency p50", "", " energy", "method");
        rows.forEach((place, row) -> {
            int slash = place.indexOf('/');
            Double latency = median(row.latencies);
            table.row(
                    place.substring(0, slash),
                    place.substring(slash + 1),
                    classes.getOrDefault(place, "-"),
                    row.variant,
                    String.valueOf(row.requests),
                    String.valueOf(row.correct),
                    latency == null ? "unknown" : "%.3f ms".formatted(latency),
                    latency == null ? "" : row.modelled ? "modelled" : "measured",
                    row.energyCount == 0 ? "unknown" : "%.4f mJ".formatted(row.energySum / row.energyCount),
                    row.energyCount == 0 ? "" : row.energyMethod);
        });
        return table;
    }

    private static @Nullable Double median(List<Double> values) {
        if (values.isEmpty()) {
            return null;
        }
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get((sorted.size() - 1) / 2);
    }
}
