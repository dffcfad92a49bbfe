package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.Unary;
import io.fleetwright.runtime.graph.ModelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What happens between the nodes of the file and the operators of the graph; each pass leaves a runnable flow. */
final class Passes {
    private Passes() {}

    static void run(Flow flow) throws ModelException {
        removeIdentities(flow);
        removeUnused(flow);
        BitPlaneFusion.run(flow);
        AffineFolding.run(flow);
        removeUnused(flow);
        QuantPairs.run(flow);
        SymmetricWeights.run(flow);
        SignedActivations.run(flow);
        QuantizedFusion.run(flow);
        removeUnused(flow);
        Layout.run(flow);
        removeUnused(flow);
        foldConstants(flow);
        removeUnused(flow);
    }

    /** Makes the readers of some values read others. */
    static void replace(Flow flow, Map<Value, Value> replacements) {
        if (replacements.isEmpty()) {
            return;
        }
        var steps = new ArrayList<Step>();
        for (var step : flow.steps()) {
            var inputs = new ArrayList<@Nullable Value>();
            for (var input : step.inputs()) {
                inputs.add(input == null ? null : replacements.getOrDefault(input, input));
            }
            steps.add(inputs.equals(step.inputs()) ? step : step.reading(inputs));
        }
        flow.setSteps(steps);
        flow.outputs().replaceAll(output -> replacements.getOrDefault(output, output));
    }

    /** Values that only repeat another are read where they come from. */
    static void removeIdentities(Flow flow) {
        var replacements = new HashMap<Value, Value>();
        var outputs = new HashSet<>(flow.outputs());
        var inputs = new HashSet<>(flow.inputs());
        for (var step : flow.steps()) {
            if (!(step.function() instanceof Unary unary) || !unary.name().equals("Identity")) {
                continue;
            }
            Value from = replacements.getOrDefault(step.input(0), step.input(0));
            // An output has to be computed by a step, and is one output only.
            boolean needed = outputs.contains(step.output())
                    && (inputs.contains(from) || from.isConstant() || outputs.contains(from));
            if (!needed) {
                replacements.put(step.output(), from);
                if (outputs.remove(step.output())) {
                    outputs.add(from);
                }
            }
        }
        replace(flow, replacements);
    }

    /** Steps that no output depends on are dropped. */
    static void removeUnused(Flow flow) {
        var needed = new HashSet<>(flow.outputs());
        var kept = new ArrayList<Step>();
        for (var step : flow.steps().reversed()) {
            if (step.outputs().stream().anyMatch(output -> output != null && needed.contains(output))) {
                kept.add(step);
                for (var input : step.inputs()) {
                    if (input != null) {
                        needed.add(input);
                    }
                }
            }
        }
        flow.setSteps(kept.reversed());
    }

    /** What depends on constants alone is computed once, here. */
    static void foldConstants(Flow flow) throws ModelException {
        var replacements = new HashMap<Value, Value>();
        var kept = new ArrayList<Step>();
        for (var original : flow.steps()) {
            var inputs = new ArrayList<@Nullable Value>();
            boolean constant = true;
            for (var input : original.inputs()) {
                var now = input == null ? null : replacements.getOrDefault(input, input);
                inputs.add(now);
                constant &= now == null || now.isConstant();
            }
            var step = inputs.equals(original.inputs()) ? original : original.reading(inputs);
            var inferred = constant ? flow.infer(step.function(), step.where(), step.inputs()) : List.<ArrayType>of();
            var data = constant ? flow.fold(step, inferred) : null;
            if (data == null) {
                kept.add(step);
                continue;
            }
            for (int i = 0; i < step.outputs().size(); i++) {
                var output = step.outputs().get(i);
                if (output != null) {
                    replacements.put(output, new Value(output.name(), inferred.get(i), data.get(i)));
                }
            }
        }
        flow.setSteps(kept);
        flow.outputs().replaceAll(output -> replacements.getOrDefault(output, output));
    }
}
