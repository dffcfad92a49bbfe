package io.fleetwright.runtime.qdq;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The nodes of an ONNX file and the names they connect; nothing else of it. For files that we or a tool of ours wrote:
 * it checks no bounds.
 *
 * @param nodes in file order
 * @param constants names of the initializers
 */
public record OnnxNodes(List<Node> nodes, List<String> constants, List<String> inputs, List<String> outputs) {
    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int GRAPH_INPUT = 11;
    private static final int GRAPH_OUTPUT = 12;
    private static final int TENSOR_NAME = 8;
    private static final int VALUE_NAME = 1;
    private static final int NODE_INPUT = 1;
    private static final int NODE_OUTPUT = 2;
    private static final int NODE_OPERATOR = 4;

    /** One operator with the names of what it reads and writes; an input left out is an empty name. */
    public record Node(String operator, List<String> inputs, List<String> outputs) {
        public Node {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    /** A length-delimited field, with its content. */
    private record Field(int number, ByteBuffer content) {
        String text() {
            return StandardCharsets.UTF_8.decode(content.duplicate()).toString();
        }
    }

    public OnnxNodes {
        nodes = List.copyOf(nodes);
        constants = List.copyOf(constants);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    public static OnnxNodes of(byte[] file) {
        var nodes = new ArrayList<Node>();
        var constants = new ArrayList<String>();
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        for (Field part : fields(ByteBuffer.wrap(file))) {
            if (part.number != MODEL_GRAPH) {
                continue;
            }
            for (Field field : fields(part.content)) {
                switch (field.number) {
                    case GRAPH_NODE -> nodes.add(node(field));
                    case GRAPH_INITIALIZER -> constants.addAll(texts(field, TENSOR_NAME));
                    case GRAPH_INPUT -> inputs.addAll(texts(field, VALUE_NAME));
                    case GRAPH_OUTPUT -> outputs.addAll(texts(field, VALUE_NAME));
                    default -> {
                        // Names, versions, documentation.
                    }
                }
            }
        }
        return new OnnxNodes(nodes, constants, inputs, outputs);
    }

    /** How often each operator occurs. */
    public SortedMap<String, Integer> histogram() {
        var counts = new TreeMap<String, Integer>();
        nodes.forEach(node -> counts.merge(node.operator, 1, Integer::sum));
        return counts;
    }

    private static Node node(Field field) {
        return new Node(texts(field, NODE_OPERATOR).getFirst(), texts(field, NODE_INPUT), texts(field, NODE_OUTPUT));
    }

    private static List<String> texts(Field message, int number) {
        return fields(message.content).stream()
                .filter(field -> field.number == number)
                .map(Field::text)
                .toList();
    }

    private static List<Field> fields(ByteBuffer message) {
        var in = message.duplicate();
        var fields = new ArrayList<Field>();
        while (in.hasRemaining()) {
            long tag = varint(in);
            switch ((int) (tag & 7)) {
                case 0 -> varint(in);
                case 1 -> in.position(in.position() + Long.BYTES);
                case 2 -> {
                    int length = (int) varint(in);
                    fields.add(new Field((int) (tag >>> 3), in.slice(in.position(), length)));
                    in.position(in.position() + length);
                }
                case 5 -> in.position(in.position() + Integer.BYTES);
                default -> throw new IllegalArgumentException("wire type %d at %d".formatted(tag & 7, in.position()));
            }
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
