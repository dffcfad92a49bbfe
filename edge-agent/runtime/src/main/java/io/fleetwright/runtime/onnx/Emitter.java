package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.array.ArrayStep;
import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.Slots;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** From a flow to a graph: values become tensors, steps become operators. */
final class Emitter {
    private final Flow flow;
    private final List<Tensor> tensors = new ArrayList<>();
    private final Map<Value, Integer> ids = new HashMap<>();
    private final Map<Value, String> names = new HashMap<>();
    /** Each operator keeps its own copy. */
    private long constantElements;

    Emitter(Flow flow) {
        this.flow = flow;
        for (int i = 0; i < flow.outputs().size(); i++) {
            names.putIfAbsent(flow.outputs().get(i), flow.outputNames().get(i));
        }
    }

    Graph graph() throws ModelException {
        var inputs = flow.inputs().stream().map(this::id).toList();
        var operators = new ArrayList<Operator>();
        for (var step : flow.steps()) {
            operators.add(operator(step));
        }
        var outputs = flow.outputs().stream().map(this::id).toList();
        return Graph.of(flow.file(), tensors, operators, inputs, outputs).meantFor(Arithmetic.ONNX);
    }

    private Operator operator(Step step) throws ModelException {
        var inputs = ids(step.inputs());
        var results = ids(step.outputs());
        if (step.function() instanceof Fused fused) {
            return fused.operator(step.version(), inputs, results.getFirst().orElseThrow());
        }
        var activations = new ArrayList<Integer>();
        var types = new ArrayList<@Nullable ArrayType>();
        var outputTypes = new ArrayList<ArrayType>();
        for (var input : step.inputs()) {
            types.add(input == null ? null : input.type());
            constantElements +=
                    input != null && input.isConstant() ? input.type().elements() : 0;
            if (input != null && !input.isConstant() && !activations.contains(id(input))) {
                activations.add(id(input));
            }
        }
        if (constantElements > Limits.UNPACKED_WEIGHTS_MAX) {
            throw new UnsupportedModelException(
                    flow.file(),
                    step.where(),
                    "operators use %d constant elements up to here, at most %d allowed"
                            .formatted(constantElements, Limits.UNPACKED_WEIGHTS_MAX));
        }
        for (var output : step.outputs()) {
            if (output != null) {
                outputTypes.add(output.type());
            }
        }
        var slots = new Slots<>(types);
        return new ArrayStep(
                step.function(),
                step.version(),
                inputs,
                results,
                activations,
                step.function().macs(slots, outputTypes),
                step.function().work(slots, outputTypes));
    }

    private List<OptionalInt> ids(List<@Nullable Value> values) {
        var all = new ArrayList<OptionalInt>();
        for (var value : values) {
            all.add(value == null ? OptionalInt.empty() : OptionalInt.of(id(value)));
        }
        return all;
    }

    private int id(Value value) {
        Integer known = ids.get(value);
        if (known != null) {
            return known;
        }
        int id = tensors.size();
        ids.put(value, id);
        tensors.add(tensor(value));
        return id;
    }

    private Tensor tensor(Value value) {
        var meaning = value.quantization();
        int count = meaning == null ? 0 : meaning.scales().size();
        float[] scales = new float[count];
        int[] zeroPoints = new int[count];
        for (int i = 0; meaning != null && i < count; i++) {
            scales[i] = meaning.scales().get(i);
            zeroPoints[i] = meaning.zeroPoint();
        }
        return new Tensor(
                ProtoReader.shown(names.getOrDefault(value, value.name())),
                value.type().shape(),
                value.type().type(),
                scales,
                zeroPoints,
                meaning == null ? 0 : meaning.dimension(),
                value.isConstant() ? value.constant() : null);
    }
}
