package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX file as parsed: names, numbers and shapes are what the file says, and nothing is checked against anything.
 *
 * @param opsets versions by domain; the standard's own domain is the empty name
 */
record OnnxModel(
        Map<String, Long> opsets,
        List<Node> nodes,
        List<NamedTensor> initializers,
        List<Port> inputs,
        List<Port> outputs) {

    /**
     * One operator.
     *
     * @param inputs names of values; an input left out is an empty name
     */
    record Node(
            String name,
            String domain,
            String operator,
            List<String> inputs,
            List<String> outputs,
            Map<String, Attribute> attributes) {}

    /**
     * A parameter of an operator, of one of the kinds below.
     *
     * @param at byte offset, for error texts
     */
    record Attribute(
            int at,
            Kind kind,
            long number,
            float real,
            String text,
            List<String> texts,
            long[] numbers,
            float[] reals,
            @Nullable NamedTensor tensor) {
        /** Numbered as in the schema. */
        enum Kind {
            UNDEFINED,
            FLOAT,
            INT,
            STRING,
            TENSOR,
            GRAPH,
            FLOATS,
            INTS,
            STRINGS
        }
    }

    /**
     * A constant.
     *
     * @param data little-endian
     */
    record NamedTensor(String name, ArrayType type, ByteBuffer data) {}

    /**
     * An input or output of the graph.
     *
     * @param elementType the schema's number, 0 when the file does not say
     * @param shape an extent that is not fixed is -1; null when the file gives no shape
     */
    record Port(String name, int elementType, long @Nullable [] shape, String kind) {}
}
