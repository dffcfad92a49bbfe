package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.runtime.tflite.FlatBuffer.Table;
import io.fleetwright.runtime.tflite.FlatBuffer.Vector;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads TFLite models of int8, or of int16 activations and int8 weights (schema version 3) into a {@link Graph}.
 *
 * <p>Works on bytes from anywhere: time and memory are bounded by the size of the file and by fixed limits, and the
 * only exception is {@link ModelException}. A shape signature with unknown dimensions is allowed as long as the shape
 * itself is fixed; the graph then runs at that shape.
 */
public final class TfliteReader {
    private static final String IDENTIFIER = "TFL3";
    private static final int SCHEMA_VERSION = 3;

    private final String file;
    private final FlatBuffer buffer;
    private int scales;

    private TfliteReader(String file, byte[] bytes) {
        this.file = file;
        this.buffer = new FlatBuffer(file, bytes);
    }

    /** Names of the operators that can be read. */
    public static List<String> operatorNames() {
        return Arrays.stream(TfliteBuiltin.values()).map(Enum::name).toList();
    }

    /**
     * Parses and checks a model.
     *
     * @param bytes the whole file; copied
     * @param name what error texts and {@link Graph#name()} call it, usually the file name
     * @throws MalformedModelException when the bytes are not a sound TFLite model
     * @throws UnsupportedModelException when the model needs what this runtime does not compute
     */
    public static Graph read(byte[] bytes, String name) throws ModelException {
        if (bytes.length > Limits.FILE_BYTES_MAX) {
            throw new UnsupportedModelException(
                    name, "file", "%d bytes, at most %d allowed".formatted(bytes.length, Limits.FILE_BYTES_MAX));
        }
        return new TfliteReader(name, bytes.clone()).model();
    }

    /** Field numbers of the schema's tables, in the order of the schema. */
    private static final class Field {
        static final int MODEL_VERSION = 0;
        static final int MODEL_OPERATOR_CODES = 1;
        static final int MODEL_SUBGRAPHS = 2;
        static final int MODEL_BUFFERS = 4;

        static final int CODE_DEPRECATED_BUILTIN = 0;
        static final int CODE_CUSTOM = 1;
        static final int CODE_VERSION = 2;
        static final int CODE_BUILTIN = 3;

        static final int SUBGRAPH_TENSORS = 0;
        static final int SUBGRAPH_INPUTS = 1;
        static final int SUBGRAPH_OUTPUTS = 2;
        static final int SUBGRAPH_OPERATORS = 3;

        static final int TENSOR_SHAPE = 0;
        static final int TENSOR_TYPE = 1;
        static final int TENSOR_BUFFER = 2;
        static final int TENSOR_NAME = 3;
        static final int TENSOR_QUANTIZATION = 4;
        static final int TENSOR_SPARSITY = 6;

        static final int QUANTIZATION_SCALE = 2;
        static final int QUANTIZATION_ZERO_POINT = 3;
        static final int QUANTIZATION_DETAILS_TYPE = 4;
        static final int QUANTIZATION_DIMENSION = 6;

        static final int BUFFER_DATA = 0;
        static final int BUFFER_OFFSET = 1;

        static final int OPERATOR_CODE = 0;

        private Field() {}
    }

    private Graph model() throws ModelException {
        Table model = buffer.root(IDENTIFIER);
        int version = model.int32(Field.MODEL_VERSION, 0);
        if (version != SCHEMA_VERSION) {
            throw buffer.unsupported(
                    model.position(), "schema version %d, %d supported".formatted(version, SCHEMA_VERSION));
        }
        Vector subgraphs = model.vector(Field.MODEL_SUBGRAPHS, 4, Limits.OPERATORS_MAX);
        if (subgraphs.length() != 1) {
            throw buffer.unsupported(subgraphs.position(), "%d subgraphs, one supported".formatted(subgraphs.length()));
        }
        Table subgraph = subgraphs.table(0);
        var tensors = tensors(subgraph, model.vector(Field.MODEL_BUFFERS, 4, Limits.BUFFERS_MAX));
        var operators = operators(subgraph, codes(model), tensors);
        var inputs = indexes(subgraph.vector(Field.SUBGRAPH_INPUTS, 4, Limits.GRAPH_PORTS_MAX));
        var outputs = indexes(subgraph.vector(Field.SUBGRAPH_OUTPUTS, 4, Limits.GRAPH_PORTS_MAX));
        return Graph.of(file, tensors, new PadFusion(tensors, operators, outputs).fused(), inputs, outputs);
    }

    private static List<Integer> indexes(Vector vector) {
        var indexes = new ArrayList<Integer>(vector.length());
        for (int i = 0; i < vector.length(); i++) {
            indexes.add(vector.int32(i));
        }
        return indexes;
    }

    // Tensors.

    private List<Tensor> tensors(Table subgraph, Vector buffers) throws ModelException {
        Vector tables = subgraph.vector(Field.SUBGRAPH_TENSORS, 4, Limits.TENSORS_MAX);
        var tensors = new ArrayList<Tensor>(tables.length());
        for (int i = 0; i < tables.length(); i++) {
            tensors.add(tensor(tables.table(i), buffers));
        }
        return tensors;
    }

    private Tensor tensor(Table table, Vector buffers) throws ModelException {
        String name = table.text(Field.TENSOR_NAME, Limits.NAME_BYTES_MAX);
        TensorType type = type(table);
        // Variables, the states of recurrent operators, need no rule of their own: those operators read how they are
        // quantized, and others read nothing that nothing has written.
        if (table.isPresent(Field.TENSOR_SPARSITY)) {
            throw buffer.unsupported(table.position(), "sparse tensor");
        }
        int[] shape = shape(table);
        long elements = 1;
        for (int dimension : shape) {
            elements = multiply(table, elements, dimension);
        }
        ByteBuffer constant = constant(table, buffers);
        long bytes = type.bytes(elements);
        if (constant != null && constant.remaining() != bytes) {
            throw buffer.malformed(
                    table.position(), "tensor of %d bytes has a buffer of %d".formatted(bytes, constant.remaining()));
        }
        Table quantization = table.table(Field.TENSOR_QUANTIZATION).orElse(null);
        if (quantization == null) {
            return new Tensor(name, shape, type, new float[0], new int[0], 0, constant);
        }
        return quantized(name, shape, type, quantization, constant);
    }

    private long multiply(Table table, long elements, int dimension) throws UnsupportedModelException {
        long product = Math.multiplyExact(elements, (long) dimension);
        if (product > Limits.ELEMENTS_MAX) {
            throw buffer.unsupported(
                    table.position(),
                    "tensor of %d elements or more, at most %d allowed".formatted(product, Limits.ELEMENTS_MAX));
        }
        return product;
    }

    private TensorType type(Table table) throws ModelException {
        int code = table.int8(Field.TENSOR_TYPE);
        return switch (code) {
            case 0 -> TensorType.FLOAT32;
            case 2 -> TensorType.INT32;
            case 4 -> TensorType.INT64;
            case 7 -> TensorType.INT16;
            case 9 -> TensorType.INT8;
            case 17 -> TensorType.INT4;
            default ->
                throw buffer.unsupported(
                        table.position(),
                        "tensor type %d, 9 (INT8), 7 (INT16), 17 (INT4), 0 (FLOAT32), 2 (INT32) and 4 (INT64) supported"
                                .formatted(code));
        };
    }

    private int[] shape(Table table) throws ModelException {
        Vector dimensions = table.vector(Field.TENSOR_SHAPE, 4, Limits.RANK_MAX);
        int[] shape = new int[dimensions.length()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = dimensions.int32(i);
            if (shape[i] < 1) {
                throw buffer.unsupported(
                        dimensions.position(), "dimension %d is %d, at least 1 supported".formatted(i, shape[i]));
            }
        }
        return shape;
    }

    /** The tensor's data in the file, or null when its buffer is empty: a value of run time. */
    private @Nullable ByteBuffer constant(Table table, Vector buffers) throws ModelException {
        int index = table.int32(Field.TENSOR_BUFFER, 0);
        if (index < 0 || index >= buffers.length()) {
            throw buffer.malformed(
                    table.position(), "buffer %d of %d".formatted(Integer.toUnsignedLong(index), buffers.length()));
        }
        Table holder = buffers.table(index);
        // Writers put 1 here as a mark to be overwritten; a real offset points behind the flatbuffer.
        if (Long.compareUnsigned(holder.int64(Field.BUFFER_OFFSET), 1) > 0) {
            throw buffer.unsupported(holder.position(), "data outside the flatbuffer");
        }
        Vector data = holder.vector(Field.BUFFER_DATA, 1, Limits.FILE_BYTES_MAX);
        return data.length() == 0 ? null : data.slice();
    }

    private Tensor quantized(
            String name, int[] shape, TensorType type, Table quantization, @Nullable ByteBuffer constant)
            throws ModelException {
        if (quantization.int8(Field.QUANTIZATION_DETAILS_TYPE) != 0) {
            throw buffer.unsupported(quantization.position(), "custom quantization");
        }
        Vector scaleVector = quantization.vector(Field.QUANTIZATION_SCALE, 4, Limits.SCALES_MAX);
        Vector zeroVector = quantization.vector(Field.QUANTIZATION_ZERO_POINT, 8, Limits.SCALES_MAX);
        int count = scaleVector.length();
        // Old converters copy the filter's dimension to its bias, which has only one.
        int dimension = shape.length == 1 ? 0 : quantization.int32(Field.QUANTIZATION_DIMENSION, 0);
        boolean perChannel = count > 1 && dimension >= 0 && dimension < shape.length && shape[dimension] == count;
        if (zeroVector.length() != count || (count > 1 && !perChannel)) {
            throw buffer.malformed(
                    quantization.position(),
                    "%d scales and %d zero points along dimension %d of a tensor of rank %d"
                            .formatted(count, zeroVector.length(), dimension, shape.length));
        }
        scales += count;
        if (scales > Limits.SCALES_MAX) {
            throw buffer.unsupported(
                    scaleVector.position(),
                    "%d scales up to here, at most %d allowed".formatted(scales, Limits.SCALES_MAX));
        }
        float[] ownScales = new float[count];
        int[] zeroPoints = new int[count];
        for (int i = 0; i < count; i++) {
            ownScales[i] = scaleVector.float32(i);
            long zeroPoint = zeroVector.int64(i);
            if (zeroPoint != (byte) zeroPoint) {
                throw buffer.malformed(
                        zeroVector.position(), "zero point %d, -128 to 127 allowed".formatted(zeroPoint));
            }
            zeroPoints[i] = (int) zeroPoint;
        }
        return new Tensor(name, shape, type, ownScales, zeroPoints, dimension, constant);
    }

    // Operators.

    private List<OperatorReader.Code> codes(Table model) throws ModelException {
        Vector tables = model.vector(Field.MODEL_OPERATOR_CODES, 4, Limits.OPERATORS_MAX);
        var codes = new ArrayList<OperatorReader.Code>(tables.length());
        for (int i = 0; i < tables.length(); i++) {
            Table table = tables.table(i);
            // Old files have only the 8-bit field; new ones fill both, the wide one counts when larger.
            int builtin = Math.max(table.int8(Field.CODE_DEPRECATED_BUILTIN), table.int32(Field.CODE_BUILTIN, 0));
            codes.add(new OperatorReader.Code(
                    builtin, table.text(Field.CODE_CUSTOM, 64), table.int32(Field.CODE_VERSION, 1)));
        }
        return codes;
    }

    private List<Operator> operators(Table subgraph, List<OperatorReader.Code> codes, List<Tensor> tensors)
            throws ModelException {
        Vector tables = subgraph.vector(Field.SUBGRAPH_OPERATORS, 4, Limits.OPERATORS_MAX);
        var operators = new ArrayList<Operator>(tables.length());
        var budget = new OperatorReader.Budget();
        for (int i = 0; i < tables.length(); i++) {
            Table table = tables.table(i);
            int index = table.int32(Field.OPERATOR_CODE, 0);
            if (index < 0 || index >= codes.size()) {
                throw buffer.malformed(
                        table.position(),
                        "operator %d has code %d of %d".formatted(i, Integer.toUnsignedLong(index), codes.size()));
            }
            operators.add(new OperatorReader(file, i, codes.get(index), table, tensors, budget).read());
        }
        return operators;
    }
}
