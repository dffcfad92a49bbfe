package io.fleetwright.runtime.qdq;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** An ONNX graph while it is written: opset 13, IR version 8. Every call that adds something returns its name. */
final class OnnxGraph {
    static final int TYPE_FLOAT = 1;
    static final int TYPE_INT8 = 3;
    static final int TYPE_INT32 = 6;
    static final int TYPE_INT64 = 7;

    private static final int IR_VERSION = 8;
    private static final int OPSET_VERSION = 13;
    private static final int ATTRIBUTE_INT = 2;
    private static final int ATTRIBUTE_INTS = 7;

    private final ProtobufWriter graph = new ProtobufWriter();
    private int names;

    OnnxGraph(String name) {
        graph.text(2, name);
    }

    byte[] model() {
        return new ProtobufWriter()
                .number(1, IR_VERSION)
                .text(2, "fleetwright")
                .message(7, graph)
                .message(8, new ProtobufWriter().text(1, "").number(2, OPSET_VERSION))
                .toByteArray();
    }

    String input(String name, List<Integer> shape) {
        graph.message(11, int8Value(name, shape));
        return name;
    }

    void output(String name, List<Integer> shape) {
        graph.message(12, int8Value(name, shape));
    }

    private static ProtobufWriter int8Value(String name, List<Integer> shape) {
        var dimensions = new ProtobufWriter();
        shape.forEach(extent -> dimensions.message(1, new ProtobufWriter().number(1, extent)));
        var type = new ProtobufWriter()
                .message(1, new ProtobufWriter().number(1, TYPE_INT8).message(2, dimensions));
        return new ProtobufWriter().text(1, name).message(2, type);
    }

    /** A node with one output. */
    String node(String operator, List<String> inputs, ProtobufWriter... attributes) {
        return nodeTo("v%d".formatted(names++), operator, inputs, attributes);
    }

    String nodeTo(String output, String operator, List<String> inputs, ProtobufWriter... attributes) {
        var node = new ProtobufWriter();
        inputs.forEach(name -> node.text(1, name));
        node.text(2, output).text(3, "%s_%s".formatted(operator, output)).text(4, operator);
        for (ProtobufWriter attribute : attributes) {
            node.message(5, attribute);
        }
        graph.message(1, node);
        return output;
    }

    static ProtobufWriter integer(String name, long value) {
        return new ProtobufWriter().text(1, name).number(3, value).number(20, ATTRIBUTE_INT);
    }

    static ProtobufWriter integers(String name, long... values) {
        var attribute = new ProtobufWriter().text(1, name);
        for (long value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, ATTRIBUTE_INTS);
    }

    String bytes(byte[] values, long... shape) {
        return constant(TYPE_INT8, ByteBuffer.wrap(values), shape);
    }

    String ints(int[] values, long... shape) {
        var raw = little(values.length, Integer.BYTES);
        for (int value : values) {
            raw.putInt(value);
        }
        return constant(TYPE_INT32, raw, shape);
    }

    String longs(long[] values) {
        var raw = little(values.length, Long.BYTES);
        for (long value : values) {
            raw.putLong(value);
        }
        return constant(TYPE_INT64, raw, values.length);
    }

    String floats(float[] values, long... shape) {
        var raw = little(values.length, Float.BYTES);
        for (float value : values) {
            raw.putFloat(value);
        }
        return constant(TYPE_FLOAT, raw, shape);
    }

    private static ByteBuffer little(int elements, int bytes) {
        return ByteBuffer.allocate(elements * bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String constant(int type, ByteBuffer data, long... shape) {
        String name = "c%d".formatted(names++);
        var tensor = new ProtobufWriter();
        for (long extent : shape) {
            tensor.number(1, extent);
        }
        byte[] raw = new byte[data.capacity()];
        data.get(0, raw);
        graph.message(5, tensor.number(2, type).text(8, name).bytes(9, raw));
        return name;
    }
}
