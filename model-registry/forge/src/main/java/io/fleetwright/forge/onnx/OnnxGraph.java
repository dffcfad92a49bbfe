package io.fleetwright.forge.onnx;

import io.fleetwright.forge.network.ImageShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX model while it is written: opset 13, IR version 8, batch fixed at 1, layout NCHW. Its float input is called
 * {@value #INPUT}, its float output {@value #OUTPUT}; initializers and nodes stand in the order of the calls.
 */
final class OnnxGraph {
    static final String INPUT = "input";
    static final String OUTPUT = "logits";
    static final String STANDARD = "";

    private static final int IR_VERSION = 8;
    private static final int OPSET_VERSION = 13;
    private static final int ATTRIBUTE_FLOAT = 1;
    private static final int ATTRIBUTE_INT = 2;
    private static final int ATTRIBUTE_STRING = 3;
    private static final int ATTRIBUTE_INTS = 7;

    private final ProtobufWriter graph = new ProtobufWriter();
    private final Set<String> initializers = new HashSet<>();
    /** Not written yet, as it may turn out to be the last, which gives the model's output. */
    private @Nullable Node pending;

    private int nodes;

    private record Node(
            String domain, String operator, int number, List<String> inputs, List<ProtobufWriter> attributes) {
        String output() {
            return "t%d".formatted(number);
        }
    }

    /** Appends a node; what its output is called. */
    String node(String domain, String operator, List<String> inputs, ProtobufWriter... attributes) {
        flush();
        var node = new Node(domain, operator, nodes, inputs, List.of(attributes));
        nodes++;
        pending = node;
        return node.output();
    }

    private void flush() {
        Node node = pending;
        if (node != null) {
            write(node, node.output());
            pending = null;
        }
    }

    private void write(Node node, String output) {
        var message = new ProtobufWriter();
        node.inputs.forEach(name -> message.text(1, name));
        message.text(2, output)
                .text(3, "%s_%d".formatted(node.operator, node.number))
                .text(4, node.operator);
        node.attributes.forEach(attribute -> message.message(5, attribute));
        if (!node.domain.equals(STANDARD)) {
            message.text(7, node.domain);
        }
        graph.message(1, message);
    }

    /** Appends a float32 constant, once for each name; no extents for a scalar. */
    String floats(String name, float[] values, List<Long> shape) {
        var raw = new byte[values.length * Float.BYTES];
        littleEndian(raw).asFloatBuffer().put(values);
        return initializer(ElementType.FLOAT, name, raw, shape);
    }

    /** As {@link #floats}, int8. */
    String bytes(String name, byte[] values, List<Long> shape) {
        return initializer(ElementType.INT8, name, values, shape);
    }

    /** As {@link #floats}, int32. */
    String integers(String name, int[] values, List<Long> shape) {
        var raw = new byte[values.length * Integer.BYTES];
        littleEndian(raw).asIntBuffer().put(values);
        return initializer(ElementType.INT32, name, raw, shape);
    }

    static List<Long> shape(long... extents) {
        return LongStream.of(extents).boxed().toList();
    }

    private static ByteBuffer littleEndian(byte[] raw) {
        return ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String initializer(ElementType type, String name, byte[] raw, List<Long> shape) {
        if (initializers.add(name)) {
            flush();
            var tensor = new ProtobufWriter();
            for (long dimension : shape) {
                tensor.number(1, dimension);
            }
            graph.message(5, tensor.number(2, type.code).text(8, name).bytes(9, raw));
        }
        return name;
    }

    /**
     * The file; nothing can be appended after it.
     *
     * @param domains of operators besides the standard ones, version 1
     * @param properties metadata, in the order to write them in
     */
    byte[] model(
            String name,
            ImageShape input,
            List<Long> outputShape,
            List<String> domains,
            Map<String, String> properties) {
        Node last = pending;
        if (last == null) {
            throw new IllegalStateException("the graph has no node");
        }
        write(last, OUTPUT);
        graph.text(2, name)
                .message(11, valueInfo(INPUT, shape(1, input.channels(), input.height(), input.width())))
                .message(12, valueInfo(OUTPUT, outputShape));
        var model = new ProtobufWriter()
                .number(1, IR_VERSION)
                .text(2, "fleetwright")
                .message(7, graph)
                .message(8, new ProtobufWriter().text(1, STANDARD).number(2, OPSET_VERSION));
        domains.forEach(
                domain -> model.message(8, new ProtobufWriter().text(1, domain).number(2, 1)));
        properties.forEach((key, value) ->
                model.message(14, new ProtobufWriter().text(1, key).text(2, value)));
        return model.toByteArray();
    }

    private static ProtobufWriter valueInfo(String name, List<Long> shape) {
        var dimensions = new ProtobufWriter();
        for (long dimension : shape) {
            dimensions.message(1, new ProtobufWriter().number(1, dimension));
        }
        var tensor = new ProtobufWriter().number(1, ElementType.FLOAT.code).message(2, dimensions);
        return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
    }

    static ProtobufWriter integer(String name, long value) {
        return new ProtobufWriter().text(1, name).number(3, value).number(20, ATTRIBUTE_INT);
    }

    static ProtobufWriter real(String name, float value) {
        return new ProtobufWriter().text(1, name).real(2, value).number(20, ATTRIBUTE_FLOAT);
    }

    static ProtobufWriter text(String name, String value) {
        return new ProtobufWriter().text(1, name).text(4, value).number(20, ATTRIBUTE_STRING);
    }

    static ProtobufWriter integers(String name, long... values) {
        var attribute = new ProtobufWriter().text(1, name);
        for (long value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, ATTRIBUTE_INTS);
    }
}
