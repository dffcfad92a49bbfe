package io.fleetwright.forge.onnx;

import io.fleetwright.forge.network.ImageShape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts of an ONNX file with one image as its input; what the bytes say is not checked further.
 *
 * @param inputName of the first input that has no initializer
 */
record OnnxFile(
        String name,
        String inputName,
        ImageShape input,
        List<Node> nodes,
        Map<String, Initializer> initializers,
        Map<String, String> properties) {
    private static final int NODES_MAX = 10_000;
    private static final int DIMENSION_MAX = 1 << 16;

    /** One node; {@code name} is for messages. */
    record Node(
            String name,
            String operator,
            List<String> inputs,
            List<String> outputs,
            Map<String, ProtobufMessage> attributes) {
        /** The name of an input; an empty one, which nothing is called, when there are not so many. */
        String input(int position) {
            return position < inputs.size() ? inputs.get(position) : "";
        }

        /** The first output. */
        String output() {
            return outputs.isEmpty() ? "" : outputs.getFirst();
        }

        long integer(String attribute, long otherwise) {
            ProtobufMessage found = attributes.get(attribute);
            return found == null ? otherwise : found.number(3, otherwise);
        }

        /** As many as {@code otherwise}, which counts when they are left out. */
        List<Long> integers(String attribute, List<Long> otherwise) throws OnnxRefusedException {
            ProtobufMessage found = attributes.get(attribute);
            if (found == null) {
                return otherwise;
            }
            List<Long> values = found.numberList(8);
            if (values.size() != otherwise.size()) {
                throw new OnnxRefusedException(
                        "attribute %s (%s) must have %d values".formatted(attribute, values, otherwise.size()));
            }
            return values;
        }

        float real(String attribute, float otherwise) {
            ProtobufMessage found = attributes.get(attribute);
            return found == null ? otherwise : Float.intBitsToFloat((int) found.number(2, 0));
        }

        private static Node of(ByteBuffer block) throws OnnxRefusedException {
            ProtobufMessage node = ProtobufMessage.parse(block);
            var attributes = new HashMap<String, ProtobufMessage>();
            for (ByteBuffer attributeBlock : node.blockList(5)) {
                ProtobufMessage attribute = ProtobufMessage.parse(attributeBlock);
                attributes.put(attribute.text(1), attribute);
            }
            return new Node(node.text(3), node.text(4), node.textList(1), node.textList(2), attributes);
        }
    }

    /** A constant tensor in raw form; its bytes are read when they are asked for. */
    record Initializer(String name, long type, List<Long> shape, ByteBuffer raw) {
        private static Initializer of(ByteBuffer block) throws OnnxRefusedException {
            ProtobufMessage tensor = ProtobufMessage.parse(block);
            return new Initializer(tensor.text(8), tensor.number(2, 0), tensor.numberList(1), tensor.block(9));
        }

        private ByteBuffer data(ElementType wanted) throws OnnxRefusedException {
            long elements = 1;
            for (long dimension : shape) {
                elements = Math.multiplyExact(elements, dimension);
            }
            if (type != wanted.code || elements != raw.remaining() / wanted.bytes) {
                throw new OnnxRefusedException("initializer '%s' must be %s raw data of %d elements, has %d bytes"
                        .formatted(name, wanted, elements, raw.remaining()));
            }
            return raw;
        }

        float[] floats() throws OnnxRefusedException {
            ByteBuffer data = data(ElementType.FLOAT);
            var values = new float[data.remaining() / Float.BYTES];
            data.asFloatBuffer().get(values);
            for (int i = 0; i < values.length; i++) {
                if (!Float.isFinite(values[i])) {
                    throw new OnnxRefusedException(
                            "initializer '%s' must be finite, element %d is %s".formatted(name, i, values[i]));
                }
            }
            return values;
        }

        /** The only element. */
        float single() throws OnnxRefusedException {
            float[] values = floats();
            if (values.length != 1) {
                throw new OnnxRefusedException(
                        "initializer '%s' of %d elements must be one".formatted(name, values.length));
            }
            return values[0];
        }

        byte[] bytes() throws OnnxRefusedException {
            ByteBuffer data = data(ElementType.INT8);
            var values = new byte[data.remaining()];
            data.duplicate().get(values);
            return values;
        }

        int[] integers() throws OnnxRefusedException {
            ByteBuffer data = data(ElementType.INT32);
            var values = new int[data.remaining() / Integer.BYTES];
            data.asIntBuffer().get(values);
            return values;
        }
    }

    static OnnxFile parse(byte[] bytes) throws OnnxRefusedException {
        ProtobufMessage model = ProtobufMessage.parse(ByteBuffer.wrap(bytes));
        ProtobufMessage graph = ProtobufMessage.parse(model.block(7));
        var initializers = new HashMap<String, Initializer>();
        for (ByteBuffer block : graph.blockList(5)) {
            Initializer initializer = Initializer.of(block);
            initializers.put(initializer.name, initializer);
        }
        List<ByteBuffer> blocks = graph.blockList(1);
        if (blocks.size() > NODES_MAX) {
            throw new OnnxRefusedException("%d nodes, at most %d".formatted(blocks.size(), NODES_MAX));
        }
        var nodes = new ArrayList<Node>();
        for (ByteBuffer block : blocks) {
            nodes.add(Node.of(block));
        }
        var properties = new HashMap<String, String>();
        for (ByteBuffer block : model.blockList(14)) {
            ProtobufMessage property = ProtobufMessage.parse(block);
            properties.put(property.text(1), property.text(2));
        }
        ProtobufMessage input = input(graph, initializers);
        return new OnnxFile(graph.text(2), input.text(1), shape(input), nodes, initializers, properties);
    }

    private static ProtobufMessage input(ProtobufMessage graph, Map<String, Initializer> initializers)
            throws OnnxRefusedException {
        for (ByteBuffer block : graph.blockList(11)) {
            ProtobufMessage input = ProtobufMessage.parse(block);
            if (!initializers.containsKey(input.text(1))) {
                return input;
            }
        }
        throw new OnnxRefusedException("the graph has no input");
    }

    private static ImageShape shape(ProtobufMessage input) throws OnnxRefusedException {
        ProtobufMessage tensor =
                ProtobufMessage.parse(ProtobufMessage.parse(input.block(2)).block(1));
        List<Integer> dimensions = new ArrayList<>();
        for (ByteBuffer dimension : ProtobufMessage.parse(tensor.block(2)).blockList(1)) {
            dimensions.add(size(ProtobufMessage.parse(dimension).number(1, 0)));
        }
        if (dimensions.size() != 4 || dimensions.getFirst() != 1) {
            throw new OnnxRefusedException("input '%s' of shape %s must be 1 x channels x height x width"
                    .formatted(input.text(1), dimensions));
        }
        return new ImageShape(dimensions.get(2), dimensions.get(3), dimensions.get(1));
    }

    /** A constant by its name. */
    Initializer initializer(String wanted) throws OnnxRefusedException {
        Initializer found = initializers.get(wanted);
        if (found == null) {
            throw new OnnxRefusedException("there is no initializer '%s'".formatted(wanted));
        }
        return found;
    }

    /** A dimension as far as networks may have it. */
    static int size(long value) throws OnnxRefusedException {
        if (value < 1 || value > DIMENSION_MAX) {
            throw new OnnxRefusedException("dimension %d must be in 1..%d".formatted(value, DIMENSION_MAX));
        }
        return (int) value;
    }
}
