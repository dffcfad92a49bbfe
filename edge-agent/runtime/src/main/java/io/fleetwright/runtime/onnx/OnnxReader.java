package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.InferenceException;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads ONNX models (operator sets 7 to 25, and the QONNX dialects) into a {@link Graph}.
 *
 * <p>Works on bytes from anywhere: time and memory are bounded by the size of the file and by fixed limits, and the only
 * exception is {@link ModelException}. Shapes must be fixed, by the file or by {@link Bindings}. Quantized parts become
 * the integer operators of TFLite models, in NHWC; the rest runs as operators on arrays.
 */
public final class OnnxReader {
    /** Steps with no operator of their own in the standard. */
    private static final Set<String> ADDED = Set.of("FlipSign", "PackBits");

    private final String file;
    private final OnnxModel model;
    private final Bindings bindings;
    private final Flow flow;
    private final Map<String, Value> values = new HashMap<>();
    /** Inputs that turned out to be needed as constants. */
    private final Set<String> bound = new HashSet<>();

    private OnnxReader(String file, byte[] bytes, Bindings bindings) throws ModelException {
        this.file = file;
        this.model = OnnxParser.model(file, bytes);
        this.bindings = bindings;
        this.flow = new Flow(file, bytes.length);
    }

    /**
     * What the caller knows of a model's inputs.
     *
     * @param shapes concrete shapes by input name, where the file leaves dimensions open
     * @param constants data by input name, little-endian; used for inputs that must be known while reading, such as the
     *     shape of a Reshape, which then are no inputs of the graph
     */
    public record Bindings(Map<String, List<Integer>> shapes, Map<String, byte[]> constants) {
        public static final Bindings NONE = new Bindings(Map.of(), Map.of());

        public Bindings {
            shapes = Map.copyOf(shapes);
            constants = Map.copyOf(constants);
        }
    }

    /** Names of the operators that can be read, and of those that reading adds. */
    public static Set<String> operatorNames() {
        var names = new TreeSet<>(OperatorTable.names());
        names.addAll(ADDED);
        return names;
    }

    /** {@link #read(byte[], String, Bindings)} of a model whose shapes are fixed. */
    public static Graph read(byte[] bytes, String name) throws ModelException {
        return read(bytes, name, Bindings.NONE);
    }

    /**
     * Parses and checks a model.
     *
     * @param bytes the whole file; copied
     * @param name what error texts and {@link Graph#name()} call it, usually the file name
     * @throws MalformedModelException when the bytes are not a sound ONNX model
     * @throws UnsupportedModelException when the model needs what this runtime does not compute
     */
    public static Graph read(byte[] bytes, String name, Bindings bindings) throws ModelException {
        if (bytes.length > Limits.FILE_BYTES_MAX) {
            throw new UnsupportedModelException(
                    name, "file", "%d bytes, at most %d allowed".formatted(bytes.length, Limits.FILE_BYTES_MAX));
        }
        return new OnnxReader(name, bytes.clone(), bindings).graph();
    }

    /**
     * The inputs that a file lists, in its order; those with an initializer included.
     *
     * @throws ModelException as {@link #read(byte[], String, Bindings)} does for bytes that cannot be parsed
     */
    public static List<String> inputNames(byte[] bytes, String name) throws ModelException {
        return OnnxParser.model(name, bytes).inputs().stream()
                .map(OnnxModel.Port::name)
                .toList();
    }

    private Graph graph() throws ModelException {
        checkOpset();
        for (var initializer : model.initializers()) {
            define(initializer.name(), new Value(initializer.name(), initializer.type(), initializer.data()));
        }
        for (var port : model.inputs()) {
            // Files before version 4 of the format list initializers as inputs too.
            if (!values.containsKey(port.name())) {
                define(port.name(), new Value(port.name(), type(port), null));
            }
        }
        var inputs =
                model.inputs().stream().map(port -> values.get(port.name())).toList();
        for (int index = 0; index < model.nodes().size(); index++) {
            read(index);
        }
        for (var input : inputs) {
            if (input != null && !input.isConstant() && !bound.contains(input.name())) {
                flow.inputs().add(input);
            }
        }
        for (var port : model.outputs()) {
            flow.outputs().add(output(port));
            flow.outputNames().add(port.name());
        }
        Passes.run(flow);
        return new Emitter(flow).graph();
    }

    private void checkOpset() throws ModelException {
        for (var opset : model.opsets().entrySet()) {
            String domain = opset.getKey();
            boolean standard = domain.isEmpty();
            boolean known = opset.getValue() >= (standard ? OperatorTable.OPSET_MIN : 1)
                    && opset.getValue() <= OperatorTable.versionMax(domain);
            if (standard && !known) {
                throw new UnsupportedModelException(
                        file,
                        "model",
                        "operator set %d, %d to %d supported"
                                .formatted(opset.getValue(), OperatorTable.OPSET_MIN, OperatorTable.OPSET_MAX));
            }
        }
        boolean needsStandard =
                model.nodes().stream().anyMatch(node -> node.domain().isEmpty());
        if (needsStandard && !model.opsets().containsKey("")) {
            throw new MalformedModelException(file, "model", "no version of the standard operator set");
        }
    }

    private void define(String name, Value value) throws ModelException {
        if (name.isEmpty() || values.put(name, value) != null) {
            throw new MalformedModelException(
                    file, "graph", "'%s' names no value or two".formatted(ProtoReader.shown(name)));
        }
    }

    private ArrayType type(OnnxModel.Port port) throws ModelException {
        String where = "input '%s'".formatted(ProtoReader.shown(port.name()));
        if (!port.kind().isEmpty()) {
            throw new UnsupportedModelException(file, where, "a %s, tensors supported".formatted(port.kind()));
        }
        TensorType type = OnnxTypes.of(port.elementType())
                .orElseThrow(() -> new UnsupportedModelException(
                        file, where, "%s elements".formatted(OnnxTypes.name(port.elementType()))));
        var given = bindings.shapes().get(port.name());
        long[] shape = port.shape();
        if (given != null) {
            long[] concrete = given.stream().mapToLong(Integer::longValue).toArray();
            if (shape != null && !agrees(shape, concrete)) {
                throw new MalformedModelException(
                        file, where, "shape %s, bound to %s".formatted(Arrays.toString(shape), given));
            }
            shape = concrete;
        }
        if (shape == null || Arrays.stream(shape).anyMatch(extent -> extent < 0)) {
            throw new UnsupportedModelException(
                    file, where, "shape %s is not fixed; bind it".formatted(Arrays.toString(shape)));
        }
        try {
            return ArrayType.of(type, shape);
        } catch (InferenceException problem) {
            throw flow.refused(where, problem);
        }
    }

    private static boolean agrees(long[] declared, long[] concrete) {
        boolean agrees = declared.length == concrete.length;
        for (int d = 0; agrees && d < declared.length; d++) {
            agrees = declared[d] < 0 || declared[d] == concrete[d];
        }
        return agrees;
    }

    private void read(int index) throws ModelException {
        var node = model.nodes().get(index);
        String where = NodeReader.where(index, node);
        var reading = OperatorTable.find(node.domain(), node.operator())
                .orElseThrow(() -> new UnsupportedModelException(file, where, "operator not supported"));
        long version = model.opsets().getOrDefault(node.domain(), 1L);
        if (version < 1 || version > OperatorTable.versionMax(node.domain())) {
            throw new UnsupportedModelException(
                    file,
                    where,
                    "version %d of domain '%s', 1 to %d supported"
                            .formatted(
                                    version,
                                    ProtoReader.shown(node.domain()),
                                    OperatorTable.versionMax(node.domain())));
        }
        var reader = new NodeReader(flow, node, index, (int) version, values, this::asConstant);
        reading.read(reader);
        reader.finish();
    }

    /** An input with the caller's data, if there is some. */
    private Value asConstant(Value input) {
        byte[] data = bindings.constants().get(input.name());
        boolean isInput = input.producer() == null
                && data != null
                && data.length == input.type().bytes();
        if (!isInput || data == null) {
            return input;
        }
        bound.add(input.name());
        return new Value(
                input.name(), input.type(), ByteBuffer.wrap(data.clone()).order(ByteOrder.LITTLE_ENDIAN));
    }

    private Value output(OnnxModel.Port port) throws ModelException {
        Value value = values.get(port.name());
        if (value == null) {
            throw new MalformedModelException(
                    file, "output '%s'".formatted(ProtoReader.shown(port.name())), "nothing computes it");
        }
        return value;
    }
}
