package io.fleetwright.forge.quantize;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.ScaleSpan;
import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Recipe} as JSON:
 *
 * <pre>
 * {"source":"sha256:...",
 *  "calibration":{"kind":"given","digest":"sha256:...","count":128},
 *  "steps":[{"step":"equalize","sweepsMax":50,"tolerance":1.0E-4}, ...]}
 * </pre>
 */
public final class RecipeJson {
    private static final int TEXT_MAX = 1 << 20;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxStringLength(TEXT_MAX)
                    .maxNumberLength(32)
                    .maxNameLength(64)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private RecipeJson() {}

    public static String write(Recipe recipe) {
        var text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("source", recipe.source().value());
            json.writeObjectFieldStart("calibration");
            write(json, recipe.calibration());
            json.writeEndObject();
            json.writeArrayFieldStart("steps");
            for (Step step : recipe.steps()) {
                json.writeStartObject();
                write(json, step);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory failed", impossible);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, CalibrationSource source) throws IOException {
        switch (source) {
            case CalibrationSource.Given given -> {
                json.writeStringField("kind", "given");
                json.writeStringField("digest", given.digest().value());
                json.writeNumberField("count", given.count());
            }
            case CalibrationSource.Distilled made -> {
                json.writeStringField("kind", "zero-shot");
                json.writeStringField("digest", made.digest().value());
                json.writeNumberField("seed", made.seed());
                json.writeNumberField("count", made.count());
                json.writeNumberField("iterations", made.iterations());
            }
        }
    }

    private static void write(JsonGenerator json, Step step) throws IOException {
        switch (step) {
            case Step.FoldNormalization fold -> {
                json.writeStringField("step", "fold-normalization");
                json.writeNumberField("layers", fold.layers());
            }
            case Step.Equalize equalize -> {
                json.writeStringField("step", "equalize");
                json.writeNumberField("sweepsMax", equalize.sweepsMax());
                json.writeNumberField("tolerance", equalize.tolerance());
            }
            case Step.Migrate migrate -> {
                json.writeStringField("step", "migrate");
                json.writeNumberField("alpha", migrate.alpha());
            }
            case Step.SetRanges ranges -> {
                json.writeStringField("step", "set-ranges");
                json.writeArrayFieldStart("methods");
                for (RangeMethod method : ranges.methods()) {
                    json.writeString(method.label());
                }
                json.writeEndArray();
            }
            case Step.RoundWeights round -> {
                json.writeStringField("step", "round-weights");
                json.writeStringField("scheme", round.scheme().label());
                json.writeStringField("rounding", round.rounding().label());
                json.writeStringField("scales", round.scales().label());
            }
            case Step.CorrectBias correct -> {
                json.writeStringField("step", "correct-bias");
                json.writeStringField("source", correct.source().label());
            }
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Recipe read(String text) {
        if (text.length() > TEXT_MAX) {
            throw new IllegalArgumentException(
                    "recipe of %d characters, at most %d".formatted(text.length(), TEXT_MAX));
        }
        Fields recipe = new Fields("recipe", parse(text));
        List<Step> steps = new ArrayList<>();
        for (Object step : recipe.list("steps")) {
            steps.add(step(new Fields("step %d".formatted(steps.size()), step)));
        }
        return new Recipe(
                new Digest(recipe.text("source")),
                calibration(new Fields("calibration", recipe.value("calibration"))),
                steps);
    }

    private static CalibrationSource calibration(Fields fields) {
        var digest = new Digest(fields.text("digest"));
        return switch (fields.text("kind")) {
            case "given" -> new CalibrationSource.Given(digest, fields.integer("count"));
            case "zero-shot" ->
                new CalibrationSource.Distilled(
                        digest,
                        fields.number("seed").longValue(),
                        fields.integer("count"),
                        fields.integer("iterations"));
            default -> throw fields.wrong("kind", "given or zero-shot");
        };
    }

    private static Step step(Fields fields) {
        return switch (fields.text("step")) {
            case "fold-normalization" -> new Step.FoldNormalization(fields.integer("layers"));
            case "equalize" ->
                new Step.Equalize(
                        fields.integer("sweepsMax"), fields.number("tolerance").doubleValue());
            case "migrate" -> new Step.Migrate(fields.number("alpha").doubleValue());
            case "set-ranges" -> {
                List<RangeMethod> methods = new ArrayList<>();
                for (Object method : fields.list("methods")) {
                    methods.add(RangeMethod.of(String.valueOf(method))
                            .orElseThrow(() -> fields.wrong("methods", "range methods")));
                }
                yield new Step.SetRanges(methods);
            }
            case "round-weights" ->
                new Step.RoundWeights(
                        Scheme.parse(fields.text("scheme")),
                        fields.choice("rounding", "a rounding", Rounding::of),
                        fields.choice("scales", "channel or neighbours", ScaleSpan::of));
            case "correct-bias" -> new Step.CorrectBias(fields.choice("source", "a source of means", BiasSource::of));
            default -> throw fields.wrong("step", "a known step");
        };
    }

    /** An object's fields, named when one is wrong. */
    private record Fields(String where, Map<?, ?> values) {
        Fields(String where, @Nullable Object value) {
            this(where, value instanceof Map<?, ?> map ? map : Map.of());
        }

        @Nullable
        Object value(String name) {
            return values.get(name);
        }

        String text(String name) {
            if (value(name) instanceof String text) {
                return text;
            }
            throw wrong(name, "text");
        }

        Number number(String name) {
            if (value(name) instanceof Number number) {
                return number;
            }
            throw wrong(name, "a number");
        }

        int integer(String name) {
            long value = number(name).longValue();
            if (value == (int) value) {
                return (int) value;
            }
            throw wrong(name, "a 32-bit number");
        }

        List<?> list(String name) {
            if (value(name) instanceof List<?> list) {
                return list;
            }
            throw wrong(name, "a list");
        }

        <T> T choice(String name, String what, Function<String, Optional<T>> of) {
            return of.apply(text(name)).orElseThrow(() -> wrong(name, what));
        }

        IllegalArgumentException wrong(String name, String wanted) {
            return new IllegalArgumentException("%s: %s (%s) must be %s".formatted(where, name, value(name), wanted));
        }
    }

    private static @Nullable Object parse(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.nextToken();
            Object value = value(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("recipe goes on after its end");
            }
            return value;
        } catch (IOException malformed) {
            throw new IllegalArgumentException("recipe is no JSON: %s".formatted(malformed.getMessage()), malformed);
        }
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                var map = new LinkedHashMap<String, @Nullable Object>();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    map.put(name, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                var list = new ArrayList<@Nullable Object>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case null, default -> null;
        };
    }
}
