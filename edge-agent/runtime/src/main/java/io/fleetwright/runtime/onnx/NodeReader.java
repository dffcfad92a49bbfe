package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.DequantizeLinear;
import io.fleetwright.runtime.array.InferenceException;
import io.fleetwright.runtime.array.QonnxQuant;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.runtime.onnx.OnnxModel.Attribute;
import io.fleetwright.runtime.onnx.OnnxModel.NamedTensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One node of the file while it becomes steps: its attributes, its inputs, and the values that it gives names to. */
final class NodeReader {
    private final Flow flow;
    private final OnnxModel.Node node;
    private final int version;
    private final String where;
    private final Map<String, Value> values;
    private final UnaryOperator<Value> asConstant;
    private final Set<String> known = new HashSet<>();

    /**
     * @param version of the operator set of the node's domain
     * @param values by name; the node's outputs are added
     * @param asConstant a value that the caller may have data for, as a constant
     */
    NodeReader(
            Flow flow,
            OnnxModel.Node node,
            int index,
            int version,
            Map<String, Value> values,
            UnaryOperator<Value> asConstant) {
        this.flow = flow;
        this.node = node;
        this.version = version;
        this.values = values;
        this.asConstant = asConstant;
        this.where = where(index, node);
    }

    static String where(int index, OnnxModel.Node node) {
        String domain = node.domain().isEmpty() ? "" : ProtoReader.shown(node.domain()) + ":";
        String name = node.name().isEmpty() ? "" : " (%s)".formatted(ProtoReader.shown(node.name()));
        return "operator %d %s%s%s".formatted(index, domain, ProtoReader.shown(node.operator()), name);
    }

    String operator() {
        return node.operator();
    }

    int version() {
        return version;
    }

    // Inputs.

    int inputCount() {
        return node.inputs().size();
    }

    boolean hasInput(int index) {
        return index < node.inputs().size() && !node.inputs().get(index).isEmpty();
    }

    Value input(int index) throws ModelException {
        if (!hasInput(index)) {
            throw malformed("input %d is missing".formatted(index));
        }
        Value value = values.get(node.inputs().get(index));
        if (value == null) {
            throw malformed("input %d '%s' is read before anything wrote it"
                    .formatted(index, ProtoReader.shown(node.inputs().get(index))));
        }
        return value;
    }

    @Nullable
    Value optionalInput(int index) throws ModelException {
        return hasInput(index) ? input(index) : null;
    }

    /** All inputs, left-out ones as null. */
    List<@Nullable Value> allInputs() throws ModelException {
        var all = new ArrayList<@Nullable Value>();
        for (int i = 0; i < node.inputs().size(); i++) {
            all.add(optionalInput(i));
        }
        return all;
    }

    /** Between {@code least} and {@code most} inputs. */
    void requireInputs(int least, int most) throws ModelException {
        if (inputCount() < least || inputCount() > most) {
            throw malformed("%d inputs, %d to %d allowed".formatted(inputCount(), least, most));
        }
    }

    /** An input whose data must be known now; where the caller has bound it, it becomes a constant. */
    Value constantInput(int index, String what) throws ModelException {
        Value given = input(index);
        Value value = given.isConstant() ? given : asConstant.apply(given);
        if (!value.isConstant()) {
            throw unsupported("%s '%s' is computed at run time, constants supported"
                    .formatted(what, ProtoReader.shown(value.name())));
        }
        values.put(node.inputs().get(index), value);
        return value;
    }

    /** A constant input of int32 or int64 of rank 0 or 1. */
    long[] constantLongs(int index, String what) throws ModelException {
        return longs(constantInput(index, what), what);
    }

    private long[] longs(Value value, String what) throws ModelException {
        var data = value.constant();
        long[] numbers = new long[value.type().elements()];
        if (value.type().rank() > 1) {
            throw malformed("%s %s, rank 0 or 1 allowed".formatted(what, value.type()));
        }
        for (int i = 0; i < numbers.length; i++) {
            switch (value.type().type()) {
                case INT64 -> numbers[i] = data.getLong(8 * i);
                case INT32 -> numbers[i] = data.getInt(4 * i);
                default -> throw malformed("%s %s, INT64 or INT32 allowed".formatted(what, value.type()));
            }
        }
        return numbers;
    }

    float[] constantFloats(int index, String what) throws ModelException {
        Value value = constantInput(index, what);
        if (value.type().type() != TensorType.FLOAT32 || value.type().rank() > 1) {
            throw malformed("%s %s, FLOAT32 of rank 0 or 1 allowed".formatted(what, value.type()));
        }
        float[] numbers = new float[value.type().elements()];
        value.constant().asFloatBuffer().get(numbers);
        return numbers;
    }

    // Attributes.

    /** Takes note of attributes that change nothing about the result. */
    void ignore(String... names) {
        known.addAll(Arrays.asList(names));
    }

    private Optional<Attribute> attribute(String name, Attribute.Kind kind) throws ModelException {
        known.add(name);
        Attribute attribute = node.attributes().get(name);
        if (attribute != null && attribute.kind() != kind) {
            throw malformed("attribute '%s' is %s, %s allowed".formatted(name, attribute.kind(), kind));
        }
        return Optional.ofNullable(attribute);
    }

    boolean hasAttribute(String name) {
        return node.attributes().containsKey(name);
    }

    long integer(String name, long absent) throws ModelException {
        return attribute(name, Attribute.Kind.INT).map(Attribute::number).orElse(absent);
    }

    /** An integer within bounds. */
    int integer(String name, long absent, int least, int most) throws ModelException {
        long value = integer(name, absent);
        if (value < least || value > most) {
            throw malformed("attribute '%s' is %d, %d to %d allowed".formatted(name, value, least, most));
        }
        return (int) value;
    }

    boolean flag(String name, boolean absent) throws ModelException {
        return integer(name, absent ? 1 : 0, 0, 1) == 1;
    }

    float real(String name, float absent) throws ModelException {
        return attribute(name, Attribute.Kind.FLOAT).map(Attribute::real).orElse(absent);
    }

    String text(String name, String absent) throws ModelException {
        return attribute(name, Attribute.Kind.STRING).map(Attribute::text).orElse(absent);
    }

    Optional<List<String>> texts(String name) throws ModelException {
        return attribute(name, Attribute.Kind.STRINGS).map(Attribute::texts);
    }

    Optional<long[]> integers(String name) throws ModelException {
        return attribute(name, Attribute.Kind.INTS).map(Attribute::numbers);
    }

    Optional<float[]> reals(String name) throws ModelException {
        return attribute(name, Attribute.Kind.FLOATS).map(Attribute::reals);
    }

    Optional<NamedTensor> tensor(String name) throws ModelException {
        return attribute(name, Attribute.Kind.TENSOR).map(Attribute::tensor);
    }

    /** A list that moved from an attribute to an input in a later version; either may be there. */
    Optional<long[]> longsOf(String name, int inputIndex) throws ModelException {
        if (hasInput(inputIndex)) {
            return Optional.of(constantLongs(inputIndex, name));
        }
        return integers(name);
    }

    /** Refuses attributes that nothing asked for. */
    void finish() throws ModelException {
        for (String name : node.attributes().keySet()) {
            if (!known.contains(name)) {
                throw unsupported("attribute '%s' is not supported".formatted(ProtoReader.shown(name)));
            }
        }
        for (String output : node.outputs()) {
            if (!output.isEmpty() && !values.containsKey(output)) {
                throw malformed("output '%s' is none of the operator's".formatted(ProtoReader.shown(output)));
            }
        }
    }

    // Outputs.

    /** The node is one function of its inputs, in the file's order. */
    void becomes(ArrayFunction function) throws ModelException {
        becomes(function, allInputs());
    }

    /** The node is one function of these. */
    void becomes(ArrayFunction function, List<@Nullable Value> inputs) throws ModelException {
        var results = emit(function, inputs, node.outputs());
        for (int i = 0; i < results.size(); i++) {
            var result = results.get(i);
            if (result != null) {
                output(i, result);
            }
        }
    }

    /** A step on the way to the node's result; its first output. */
    Value emit(ArrayFunction function, List<@Nullable Value> inputs) throws ModelException {
        var result = emit(function, inputs, List.of(node.operator() + "/" + function.name()))
                .getFirst();
        if (result == null) {
            throw new IllegalStateException("asked for one output");
        }
        return result;
    }

    private List<@Nullable Value> emit(ArrayFunction function, List<@Nullable Value> inputs, List<String> names)
            throws ModelException {
        var inferred = flow.infer(function, where, inputs);
        if (names.size() > inferred.size()) {
            throw malformed("%d outputs, at most %d allowed".formatted(names.size(), inferred.size()));
        }
        var outputs = new ArrayList<@Nullable Value>();
        for (int i = 0; i < names.size(); i++) {
            outputs.add(names.get(i).isEmpty() ? null : new Value(names.get(i), inferred.get(i), null));
        }
        if (outputs.stream().allMatch(output -> output == null)) {
            throw malformed("no outputs");
        }
        var step = new Step(function, version, where, inputs, outputs);
        // Quantized weights stay as they are, for integer kernels to find; what is left of them is folded later.
        var folded = function instanceof DequantizeLinear ? null : flow.fold(step, inferred);
        if (folded == null) {
            flow.add(step);
            return outputs;
        }
        var constants = new ArrayList<@Nullable Value>();
        for (int i = 0; i < names.size(); i++) {
            constants.add(names.get(i).isEmpty() ? null : new Value(names.get(i), inferred.get(i), folded.get(i)));
        }
        var rounded = constants.getFirst();
        if (rounded != null && function instanceof QonnxQuant quant && quant.integers() != null) {
            rounded.roundedTo(step.input(1));
        }
        return constants;
    }

    /** The node's output is this constant. */
    void becomes(ArrayType type, ByteBuffer data) throws ModelException {
        if (node.outputs().isEmpty() || node.outputs().getFirst().isEmpty()) {
            throw malformed("no outputs");
        }
        output(0, new Value(node.outputs().getFirst(), type, data));
    }

    /** Gives one of the node's outputs a value. */
    void output(int index, Value value) throws ModelException {
        String name = node.outputs().get(index);
        if (values.put(name, value) != null) {
            throw malformed("writes '%s', which has a value already".formatted(ProtoReader.shown(name)));
        }
    }

    int outputCount() {
        return node.outputs().size();
    }

    // Problems.

    /** A type that the node works out by itself. */
    ArrayType type(TensorType type, long... shape) throws ModelException {
        try {
            return ArrayType.of(type, shape);
        } catch (InferenceException problem) {
            throw flow.refused(where, problem);
        }
    }

    /** Work that may find the operands wrong. */
    @FunctionalInterface
    interface Inference<T> {
        T infer() throws InferenceException;
    }

    <T> T checked(Inference<T> inference) throws ModelException {
        try {
            return inference.infer();
        } catch (InferenceException problem) {
            throw flow.refused(where, problem);
        }
    }

    int axis(long axis, int rank) throws ModelException {
        return checked(() -> ArrayType.axis(axis, rank));
    }

    MalformedModelException malformed(String problem) {
        return new MalformedModelException(flow.file(), where, problem);
    }

    UnsupportedModelException unsupported(String problem) {
        return new UnsupportedModelException(flow.file(), where, problem);
    }
}
