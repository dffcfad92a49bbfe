package io.fleetwright.runtime;

import io.fleetwright.runtime.qdq.ProtobufWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** A small ONNX file made for a test, sound or not. */
final class OnnxFile {
    static final int FLOAT = 1;
    static final int UINT8 = 2;
    static final int INT8 = 3;
    static final int INT32 = 6;
    static final int INT64 = 7;
    static final int UINT4 = 21;
    static final int INT4 = 22;
    static final int INT2 = 26;

    private final ProtobufWriter graph = new ProtobufWriter();
    private final ProtobufWriter opsets = new ProtobufWriter();

    static OnnxFile opset(long version) {
        var file = new OnnxFile();
        file.opsets.message(8, new ProtobufWriter().text(1, "").number(2, version));
        return file;
    }

    /** The format's own version, which other readers want to know. */
    OnnxFile irVersion(long version) {
        opsets.number(1, version);
        return this;
    }

    /** Another set of operators that the file uses. */
    OnnxFile domain(String domain, long version) {
        opsets.message(8, new ProtobufWriter().text(1, domain).number(2, version));
        return this;
    }

    /** A negative extent is written as a name: not fixed. */
    private static ProtobufWriter port(String name, int type, long... shape) {
        var dimensions = new ProtobufWriter();
        for (long extent : shape) {
            var dimension = extent < 0 ? new ProtobufWriter().text(2, "n") : new ProtobufWriter().number(1, extent);
            dimensions.message(1, dimension);
        }
        var tensor = new ProtobufWriter().number(1, type).message(2, dimensions);
        return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
    }

    OnnxFile input(String name, int type, long... shape) {
        graph.message(11, port(name, type, shape));
        return this;
    }

    OnnxFile output(String name) {
        graph.message(12, new ProtobufWriter().text(1, name));
        return this;
    }

    OnnxFile node(String domain, String operator, List<String> inputs, String output, ProtobufWriter... attributes) {
        return node(domain, operator, inputs, List.of(output), List.of(attributes));
    }

    OnnxFile node(
            String domain,
            String operator,
            List<String> inputs,
            List<String> outputs,
            List<ProtobufWriter> attributes) {
        var node = new ProtobufWriter();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        node.text(4, operator);
        for (var attribute : attributes) {
            node.message(5, attribute);
        }
        graph.message(1, node.text(7, domain));
        return this;
    }

    OnnxFile node(String operator, List<String> inputs, String output, ProtobufWriter... attributes) {
        return node("", operator, inputs, output, attributes);
    }

    static ProtobufWriter integers(String name, long... values) {
        var attribute = new ProtobufWriter().text(1, name);
        for (long value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, 7);
    }

    static ProtobufWriter integer(String name, long value) {
        return new ProtobufWriter().text(1, name).number(3, value).number(20, 2);
    }

    static ProtobufWriter text(String name, String value) {
        return new ProtobufWriter().text(1, name).text(4, value).number(20, 3);
    }

    static ProtobufWriter real(String name, float value) {
        return new ProtobufWriter().text(1, name).real(2, value).number(20, 1);
    }

    static ProtobufWriter texts(String name, List<String> values) {
        var attribute = new ProtobufWriter().text(1, name);
        values.forEach(value -> attribute.text(9, value));
        return attribute.number(20, 8);
    }

    static ProtobufWriter subgraph(String name) {
        return new ProtobufWriter()
                .text(1, name)
                .message(6, new ProtobufWriter())
                .number(20, 5);
    }

    OnnxFile raw(String name, int type, byte[] data, long... shape) {
        var tensor = new ProtobufWriter();
        for (long extent : shape) {
            tensor.number(1, extent);
        }
        graph.message(5, tensor.number(2, type).text(8, name).bytes(9, data));
        return this;
    }

    OnnxFile floats(String name, float[] values, long... shape) {
        var data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return raw(name, FLOAT, data.array(), shape);
    }

    OnnxFile longs(String name, long... values) {
        var data = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(values);
        return raw(name, INT64, data.array(), values.length);
    }

    /** Quantizes a value and gives back what it then stands for, as {@code name}. */
    OnnxFile quantizedAndBack(String from, String name, int type, float scale, int zeroPoint) {
        return floats(name + ".s", new float[] {scale})
                .raw(name + ".z", type, new byte[] {(byte) zeroPoint})
                .node("QuantizeLinear", List.of(from, name + ".s", name + ".z"), name + ".q")
                .node("DequantizeLinear", List.of(name + ".q", name + ".s", name + ".z"), name);
    }

    /** Integers of fewer bits than a byte, low bits first. */
    OnnxFile packed(String name, int type, int bits, byte[] values, long... shape) {
        byte[] data = new byte[Math.ceilDiv(values.length * bits, 8)];
        for (int i = 0; i < values.length; i++) {
            data[i * bits / 8] |= (byte) ((values[i] & ((1 << bits) - 1)) << (i * bits % 8));
        }
        return raw(name, type, data, shape);
    }

    byte[] bytes() {
        return opsets.message(7, graph).toByteArray();
    }
}
