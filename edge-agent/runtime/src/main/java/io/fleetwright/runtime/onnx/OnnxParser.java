package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.InferenceException;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.onnx.OnnxModel.Attribute;
import io.fleetwright.runtime.onnx.OnnxModel.NamedTensor;
import io.fleetwright.runtime.onnx.OnnxModel.Node;
import io.fleetwright.runtime.onnx.OnnxModel.Port;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From bytes to {@link OnnxModel}: the messages of the schema that matter, the others skipped. */
final class OnnxParser {
    private static final int NODE_PORTS_MAX = 1000;
    private static final int ATTRIBUTES_MAX = 64;
    private static final int ATTRIBUTE_TEXTS_MAX = 1000;
    private static final int TEXT_BYTES_MAX = 1024;
    private static final int OPSETS_MAX = 100;

    private final ProtoReader in;

    private OnnxParser(ProtoReader in) {
        this.in = in;
    }

    static OnnxModel model(String file, byte[] bytes) throws ModelException {
        return new OnnxParser(new ProtoReader(file, bytes)).model();
    }

    /** A file that holds one TensorProto. */
    static NamedTensor tensor(String file, byte[] bytes) throws ModelException {
        return new OnnxParser(new ProtoReader(file, bytes)).tensor();
    }

    private OnnxModel model() throws ModelException {
        var opsets = new LinkedHashMap<String, Long>();
        OnnxModel graph = null;
        while (in.next()) {
            switch (in.field()) {
                case 7 -> {
                    if (graph != null) {
                        throw in.malformed("a second graph");
                    }
                    int outer = in.enter();
                    graph = graph(opsets);
                    in.leave(outer);
                }
                case 8 -> {
                    atMost("opset imports", opsets.size(), OPSETS_MAX);
                    int outer = in.enter();
                    opset(opsets);
                    in.leave(outer);
                }
                case 20 -> throw in.unsupported("training information");
                case 25 -> throw in.unsupported("functions of the model's own");
                default -> in.skip();
            }
        }
        if (graph == null) {
            throw in.malformed("no graph");
        }
        return graph;
    }

    private void opset(Map<String, Long> opsets) throws ModelException {
        String domain = "";
        long version = 0;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> domain = in.text(TEXT_BYTES_MAX);
                case 2 -> version = in.int64();
                default -> in.skip();
            }
        }
        opsets.put(domain.equals("ai.onnx") ? "" : domain, version);
    }

    private OnnxModel graph(Map<String, Long> opsets) throws ModelException {
        var nodes = new ArrayList<Node>();
        var initializers = new ArrayList<NamedTensor>();
        var inputs = new ArrayList<Port>();
        var outputs = new ArrayList<Port>();
        while (in.next()) {
            int field = in.field();
            switch (field) {
                case 1, 5, 11, 12 -> {
                    int outer = in.enter();
                    switch (field) {
                        case 1 -> {
                            atMost("nodes", nodes.size(), Limits.OPERATORS_MAX);
                            nodes.add(node());
                        }
                        case 5 -> {
                            atMost("initializers", initializers.size(), Limits.TENSORS_MAX);
                            initializers.add(tensor());
                        }
                        case 11 -> {
                            atMost("inputs", inputs.size(), Limits.TENSORS_MAX);
                            inputs.add(port());
                        }
                        default -> {
                            atMost("outputs", outputs.size(), Limits.GRAPH_PORTS_MAX);
                            outputs.add(port());
                        }
                    }
                    in.leave(outer);
                }
                case 15 -> throw in.unsupported("sparse initializer");
                default -> in.skip();
            }
        }
        return new OnnxModel(opsets, nodes, initializers, inputs, outputs);
    }

    private void atMost(String what, int found, int limit) throws ModelException {
        if (found >= limit) {
            throw in.unsupported("over %d %s".formatted(limit, what));
        }
    }

    private Node node() throws ModelException {
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        var attributes = new LinkedHashMap<String, Attribute>();
        String name = "";
        String operator = "";
        String domain = "";
        while (in.next()) {
            switch (in.field()) {
                case 1 -> {
                    atMost("inputs of one node", inputs.size(), NODE_PORTS_MAX);
                    inputs.add(in.text(TEXT_BYTES_MAX));
                }
                case 2 -> {
                    atMost("outputs of one node", outputs.size(), NODE_PORTS_MAX);
                    outputs.add(in.text(TEXT_BYTES_MAX));
                }
                case 3 -> name = in.text(TEXT_BYTES_MAX);
                case 4 -> operator = in.text(TEXT_BYTES_MAX);
                case 5 -> {
                    atMost("attributes of one node", attributes.size(), ATTRIBUTES_MAX);
                    int outer = in.enter();
                    attribute(attributes);
                    in.leave(outer);
                }
                case 7 -> domain = in.text(TEXT_BYTES_MAX);
                default -> in.skip();
            }
        }
        String known = domain.equals("ai.onnx") ? "" : domain;
        return new Node(name, known, operator, inputs, outputs, attributes);
    }

    private void attribute(Map<String, Attribute> attributes) throws ModelException {
        int at = in.tagAt();
        String name = "";
        int type = 0;
        long number = 0;
        float real = 0;
        String text = "";
        var texts = new ArrayList<String>();
        var numbers = new LongList();
        var reals = new LongList();
        NamedTensor tensor = null;
        var seen = Attribute.Kind.UNDEFINED;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> name = in.text(TEXT_BYTES_MAX);
                case 2 -> {
                    real = in.float32();
                    seen = Attribute.Kind.FLOAT;
                }
                case 3 -> {
                    number = in.int64();
                    seen = Attribute.Kind.INT;
                }
                case 4 -> {
                    text = in.text(TEXT_BYTES_MAX);
                    seen = Attribute.Kind.STRING;
                }
                case 5 -> {
                    int outer = in.enter();
                    tensor = tensor();
                    in.leave(outer);
                    seen = Attribute.Kind.TENSOR;
                }
                case 6, 11 -> throw in.unsupported("attribute '%s' is a graph".formatted(ProtoReader.shown(name)));
                case 7 -> {
                    in.floats(reals);
                    seen = Attribute.Kind.FLOATS;
                }
                case 8 -> {
                    in.longs(numbers);
                    seen = Attribute.Kind.INTS;
                }
                case 9 -> {
                    atMost("texts of one attribute", texts.size(), ATTRIBUTE_TEXTS_MAX);
                    texts.add(in.text(TEXT_BYTES_MAX));
                    seen = Attribute.Kind.STRINGS;
                }
                case 20 -> type = in.int32();
                case 21 -> throw in.unsupported("attribute that refers to a function's");
                case 10, 14, 15, 22, 23 ->
                    throw in.unsupported("attribute '%s' of type %d".formatted(ProtoReader.shown(name), type));
                default -> in.skip();
            }
        }
        // An empty list leaves nothing but its type; files before version 2 of the format have no type.
        var kinds = Attribute.Kind.values();
        if (type < 0 || type >= kinds.length) {
            throw in.unsupported("attribute '%s' of type %d".formatted(ProtoReader.shown(name), type));
        }
        var kind = type == 0 ? seen : kinds[type];
        if (seen != Attribute.Kind.UNDEFINED && seen != kind) {
            throw in.malformed("attribute '%s' is %s and says %s".formatted(ProtoReader.shown(name), seen, kind));
        }
        float[] realValues = new float[reals.size()];
        for (int i = 0; i < realValues.length; i++) {
            realValues[i] = Float.intBitsToFloat((int) reals.get(i));
        }
        var attribute = new Attribute(at, kind, number, real, text, texts, numbers.toArray(), realValues, tensor);
        if (attributes.put(name, attribute) != null) {
            throw in.malformed("attribute '%s' twice".formatted(ProtoReader.shown(name)));
        }
    }

    private NamedTensor tensor() throws ModelException {
        var shape = new LongList();
        int type = 0;
        String name = "";
        ByteBuffer raw = null;
        var numbers = new LongList();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> {
                    in.longs(shape);
                    if (shape.size() > Limits.RANK_MAX) {
                        throw in.unsupported("tensor of over %d dimensions".formatted(Limits.RANK_MAX));
                    }
                }
                case 2 -> type = in.int32();
                case 3 -> throw in.unsupported("tensor in segments");
                case 4 -> in.floats(numbers);
                case 5, 7, 11 -> in.longs(numbers);
                case 6 -> throw in.unsupported("tensor of strings");
                case 8 -> name = in.text(TEXT_BYTES_MAX);
                case 9 -> raw = in.slice();
                case 10 -> in.doubles(numbers);
                case 13 ->
                    throw in.unsupported("tensor '%s' has its data in another file".formatted(ProtoReader.shown(name)));
                case 14 -> {
                    if (in.int32() != 0) {
                        throw in.unsupported(
                                "tensor '%s' has its data in another file".formatted(ProtoReader.shown(name)));
                    }
                }
                default -> in.skip();
            }
        }
        var elementType = type(type);
        ArrayType arrayType;
        try {
            arrayType = ArrayType.of(elementType, shape.toArray());
        } catch (InferenceException problem) {
            throw in.malformed("tensor '%s': %s".formatted(ProtoReader.shown(name), problem.problem()));
        }
        return new NamedTensor(name, arrayType, data(name, arrayType, raw, numbers));
    }

    private TensorType type(int code) throws ModelException {
        return OnnxTypes.of(code)
                .orElseThrow(() -> in.unsupported("tensor of %s elements".formatted(OnnxTypes.name(code))));
    }

    private ByteBuffer data(String name, ArrayType type, @Nullable ByteBuffer raw, LongList numbers)
            throws ModelException {
        int bytes = type.bytes();
        if (raw != null) {
            if (raw.remaining() != bytes || numbers.size() > 0) {
                throw in.malformed("tensor '%s' %s has %d bytes of data, %d allowed"
                        .formatted(ProtoReader.shown(name), type, raw.remaining(), bytes));
            }
            return raw;
        }
        // Sub-byte elements come packed, a byte's worth per number; the others one per number.
        int bits = type.type().bits();
        int unit = Math.max(1, bits / Byte.SIZE);
        int expected = bits < Byte.SIZE ? bytes : type.elements();
        if (numbers.size() != expected) {
            throw in.malformed("tensor '%s' %s has %d numbers, %d allowed"
                    .formatted(ProtoReader.shown(name), type, numbers.size(), expected));
        }
        var data = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < expected; i++) {
            long value = numbers.get(i);
            switch (unit) {
                case 1 -> data.put((byte) value);
                case 2 -> data.putShort((short) value);
                case 4 -> data.putInt((int) value);
                default -> data.putLong(value);
            }
        }
        return data.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private Port port() throws ModelException {
        String name = "";
        int elementType = 0;
        long[] shape = null;
        String kind = "";
        while (in.next()) {
            switch (in.field()) {
                case 1 -> name = in.text(TEXT_BYTES_MAX);
                case 2 -> {
                    int outer = in.enter();
                    while (in.next()) {
                        if (in.field() != 1) {
                            kind = in.field() == 4 ? "sequence" : in.field() == 9 ? "optional" : "no tensor";
                            in.skip();
                            continue;
                        }
                        int type = in.enter();
                        while (in.next()) {
                            switch (in.field()) {
                                case 1 -> elementType = in.int32();
                                case 2 -> {
                                    int dimensions = in.enter();
                                    shape = shape();
                                    in.leave(dimensions);
                                }
                                default -> in.skip();
                            }
                        }
                        in.leave(type);
                    }
                    in.leave(outer);
                }
                default -> in.skip();
            }
        }
        return new Port(name, elementType, shape, kind);
    }

    private long[] shape() throws ModelException {
        List<Long> shape = new ArrayList<>();
        while (in.next()) {
            if (in.field() != 1) {
                in.skip();
                continue;
            }
            if (shape.size() == Limits.RANK_MAX) {
                throw in.unsupported("shape of over %d dimensions".formatted(Limits.RANK_MAX));
            }
            int outer = in.enter();
            long extent = -1;
            while (in.next()) {
                if (in.field() == 1) {
                    extent = in.int64();
                } else {
                    in.skip();
                }
            }
            in.leave(outer);
            shape.add(extent);
        }
        return shape.stream().mapToLong(Long::longValue).toArray();
    }
}
