package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.bench.EngineResult.Measured;
import io.fleetwright.runtime.bench.EngineResult.Refused;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The whole report as one JSON object. */
final class JsonReport {
    private JsonReport() {}

    static String of(Machine machine, double seconds, int threads, List<ModelResult> models) {
        var report = new LinkedHashMap<String, Object>();
        report.put("machine", machine.system());
        report.put("cpu", machine.processor());
        report.put("jdk", machine.jdk());
        report.put("flags", machine.flags());
        report.put("kernels", FleetwrightEngine.KERNELS);
        report.put("nativeThreads", threads);
        report.put("secondsPerModel", seconds);
        report.put("models", models.stream().map(JsonReport::model).toList());
        return text(report);
    }

    private static Map<String, Object> model(ModelResult result) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("model", result.model());
        result.macs().ifPresent(macs -> fields.put("macs", macs));
        result.engines().forEach(engine -> fields.put(engine.engine(), engine(engine)));
        ratio(fields, result, "ratio", XnnpackEngine.NAME);
        ratio(fields, result, "onnxruntimeRatio", OnnxRuntimeEngine.NAME);
        return fields;
    }

    private static void ratio(Map<String, Object> fields, ModelResult result, String key, String engine) {
        result.ratioTo(engine).ifPresent(ratio -> {
            fields.put(key, ratio.value());
            fields.put(key + "Low", ratio.low());
            fields.put(key + "High", ratio.high());
        });
    }

    private static Map<String, Object> engine(EngineResult result) {
        var fields = new LinkedHashMap<String, Object>();
        switch (result) {
            case Measured measured -> {
                var times = measured.times();
                fields.put("minNanos", times.min());
                fields.put("p50Nanos", times.percentile(0.5));
                fields.put("p90Nanos", times.percentile(0.9));
                fields.put("runs", times.runs());
                fields.put("rounds", times.rounds());
                fields.put("golden", measured.flavour());
                fields.put("outputBytes", measured.difference().of());
                fields.put("differingBytes", measured.difference().bytes());
                fields.put("differenceMax", measured.difference().worst());
                fields.put("remark", measured.remark());
            }
            case Refused refused -> fields.put("refused", refused.reason());
        }
        return fields;
    }

    private static String text(Object value) {
        return switch (value) {
            case Map<?, ?> fields ->
                fields.entrySet().stream()
                        .map(field -> quoted(field.getKey().toString()) + ":" + text(field.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            case List<?> values ->
                values.stream().map(JsonReport::text).collect(Collectors.joining(",", "[", "]"));
            case Double number -> String.format(Locale.ROOT, "%.4f", number);
            case Number number -> number.toString();
            default -> quoted(value.toString());
        };
    }

    private static String quoted(String text) {
        var escaped = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char symbol = text.charAt(i);
            if (symbol == '"' || symbol == '\\') {
                escaped.append('\\').append(symbol);
            } else if (symbol < ' ') {
                escaped.append("\\u%04x".formatted((int) symbol));
            } else {
                escaped.append(symbol);
            }
        }
        return escaped.append('"').toString();
    }
}
