package io.fleetwright.cli.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.forge.evaluate.Accuracy;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.Evaluator;
import io.fleetwright.forge.evaluate.FloatEvaluator;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.forge.quantize.PostTrainingQuantizer;
import io.fleetwright.forge.quantize.Recipe;
import io.fleetwright.forge.quantize.RecipeJson;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import java.io.PrintWriter;
import java.util.Optional;

/** What quantizing did: steps, sizes, and the accuracy that is left, measured on the agents' runtime. */
record QuantizationReport(PostTrainingQuantizer.Result result, int packageBytes, Optional<Measured> measured) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Accuracy before and after, and how often both answer the same. */
    record Measured(Accuracy before, Accuracy after, Accuracy agreement) {}

    static QuantizationReport of(
            FloatNetwork network,
            PostTrainingQuantizer.Result result,
            int packageBytes,
            byte[] tflite,
            Optional<EvaluationSet> set) {
        return new QuantizationReport(result, packageBytes, set.map(labelled -> measure(network, tflite, labelled)));
    }

    private static Measured measure(FloatNetwork network, byte[] tflite, EvaluationSet set) {
        int[] before = FloatEvaluator.answers(network, set);
        int[] after = Evaluator.answers(graph(tflite), set);
        return new Measured(
                Accuracy.of(before, set.labels()), Accuracy.of(after, set.labels()), Accuracy.of(after, before));
    }

    private static Graph graph(byte[] tflite) {
        try {
            return ModelReader.read(tflite, "quantized.tflite");
        } catch (ModelException refused) {
            throw new IllegalArgumentException(
                    "the runtime does not take the result: %s".formatted(refused.getMessage()), refused);
        }
    }

    private double packageRatio() {
        return QuantizedPackage.ratio(result.model(), packageBytes);
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set("recipe", json(result.recipe()));
        json.put("outputError", result.outputError())
                .put("weights", result.model().weightCount())
                .put("weightBytes", result.model().weightBytes())
                .put("weightRatio", result.model().weightRatio())
                .put("packageBytes", packageBytes)
                .put("packageRatio", packageRatio());
        ArrayNode ranges = json.putArray("rangeErrors");
        result.rangeErrors().forEach(ofLayer -> {
            ObjectNode layer = ranges.addObject();
            ofLayer.forEach((method, error) -> layer.put(method.label(), error));
        });
        measured.ifPresent(measures -> {
            put(json.putObject("floatAccuracy"), measures.before());
            put(json.putObject("accuracy"), measures.after());
            put(json.putObject("agreement"), measures.agreement());
        });
        return json;
    }

    private static JsonNode json(Recipe recipe) {
        try {
            return MAPPER.readTree(RecipeJson.write(recipe));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a recipe is JSON", impossible);
        }
    }

    private static void put(ObjectNode json, Accuracy accuracy) {
        json.put("n", accuracy.n())
                .put("correct", accuracy.correct())
                .put("fraction", accuracy.fraction())
                .put("low95", accuracy.low95())
                .put("high95", accuracy.high95());
    }

    /** A line per step, as the recipe has it. */
    static void printSteps(PrintWriter out, Recipe recipe) {
        json(recipe).path("steps").forEach(step -> out.println("step " + step));
    }

    void print(PrintWriter out) {
        printSteps(out, result.recipe());
        out.printf(
                "%d weights in %d bytes of codes and scales: %.2f times smaller than float32%n",
                result.model().weightCount(),
                result.model().weightBytes(),
                result.model().weightRatio());
        out.printf(
                "package of %d bytes: %.2f times smaller than float32 weights and biases%n",
                packageBytes, packageRatio());
        measured.ifPresent(measures -> {
            line(out, "float    ", measures.before());
            line(out, "quantized", measures.after());
            line(out, "agreement", measures.agreement());
        });
    }

    private static void line(PrintWriter out, String what, Accuracy accuracy) {
        out.printf(
                "%s %.2f %% of %d (95 %%: %.2f to %.2f)%n",
                what, 100 * accuracy.fraction(), accuracy.n(), 100 * accuracy.low95(), 100 * accuracy.high95());
    }
}
