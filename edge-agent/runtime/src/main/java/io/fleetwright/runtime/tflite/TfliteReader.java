package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Operator.Add;
import io.fleetwright.runtime.graph.Operator.AveragePool2d;
import io.fleetwright.runtime.graph.Operator.Conv2d;
import io.fleetwright.runtime.graph.Operator.DepthwiseConv2d;
import io.fleetwright.runtime.graph.Operator.FullyConnected;
import io.fleetwright.runtime.graph.Operator.Reshape;
import io.fleetwright.runtime.graph.Operator.Softmax;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.tflite.FlatBuffer.Table;
import io.fleetwright.runtime.tflite.FlatBuffer.Vector;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads int8 TFLite models (schema version 3) into a {@link Graph}.
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
        static final int TENSOR_VARIABLE = 5;
        static final int TENSOR_SPARSITY = 6;

        static final int QUANTIZATION_SCALE = 2;
        static final int QUANTIZATION_ZERO_POINT = 3;
        static final int QUANTIZATION_DETAILS_TYPE = 4;
        static final int QUANTIZATION_DIMENSION = 6;

        static final int BUFFER_DATA = 0;
        static final int BUFFER_OFFSET = 1;

        static final int OPERATOR_CODE = 0;
        static final int OPERATOR_INPUTS = 1;
        static final int OPERATOR_OUTPUTS = 2;
        static final int OPERATOR_OPTIONS_TYPE = 3;
        static final int OPERATOR_OPTIONS = 4;

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
        return Graph.of(file, tensors, operators, inputs, outputs);
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
        if (table.int8(Field.TENSOR_VARIABLE) != 0 || table.isPresent(Field.TENSOR_SPARSITY)) {
            throw buffer.unsupported(table.position(), "variable or sparse tensor");
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
            case 2 -> TensorType.INT32;
            case 9 -> TensorType.INT8;
            default ->
                throw buffer.unsupported(
                        table.position(), "tensor type %d, 9 (INT8) and 2 (INT32) supported".formatted(code));
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

    /** An entry of the model's table of operator kinds. */
    private record Code(int builtin, String custom, int version) {
        String name() {
            return custom.isEmpty() ? TfliteBuiltin.name(builtin) : "CUSTOM \"%s\"".formatted(custom);
        }
    }

    private List<Code> codes(Table model) throws ModelException {
        Vector tables = model.vector(Field.MODEL_OPERATOR_CODES, 4, Limits.OPERATORS_MAX);
        var codes = new ArrayList<Code>(tables.length());
        for (int i = 0; i < tables.length(); i++) {
            Table table = tables.table(i);
            // Old files have only the 8-bit field; new ones fill both, the wide one counts when larger.
            int builtin = Math.max(table.int8(Field.CODE_DEPRECATED_BUILTIN), table.int32(Field.CODE_BUILTIN, 0));
            codes.add(new Code(builtin, table.text(Field.CODE_CUSTOM, 64), table.int32(Field.CODE_VERSION, 1)));
        }
        return codes;
    }

    private List<Operator> operators(Table subgraph, List<Code> codes, List<Tensor> tensors) throws ModelException {
        Vector tables = subgraph.vector(Field.SUBGRAPH_OPERATORS, 4, Limits.OPERATORS_MAX);
        var operators = new ArrayList<Operator>(tables.length());
        for (int i = 0; i < tables.length(); i++) {
            Table table = tables.table(i);
            int index = table.int32(Field.OPERATOR_CODE, 0);
            if (index < 0 || index >= codes.size()) {
                throw buffer.malformed(
                        table.position(),
                        "operator %d has code %d of %d".formatted(i, Integer.toUnsignedLong(index), codes.size()));
            }
            operators.add(new OperatorReader(i, codes.get(index), table, tensors).read());
        }
        return operators;
    }

    /** One operator: its builtin, its tensors, and the options table that belongs to the builtin. */
    private final class OperatorReader {
        private static final int INPUTS_MAX = 16;

        private final Code code;
        private final Table table;
        private final List<Tensor> tensors;
        private final String where;

        OperatorReader(int index, Code code, Table table, List<Tensor> tensors) {
            this.code = code;
            this.table = table;
            this.tensors = tensors;
            this.where = Operator.where(index, code.name(), code.version());
        }

        Operator read() throws ModelException {
            TfliteBuiltin builtin = TfliteBuiltin.supported(code.builtin())
                    .filter(_ -> code.custom().isEmpty())
                    .orElseThrow(() -> unsupported("supported are " + TfliteBuiltin.supportedNames()));
            if (code.version() < 1 || code.version() > builtin.versionMax()) {
                throw unsupported("versions 1 to %d supported".formatted(builtin.versionMax()));
            }
            Vector inputs = table.vector(Field.OPERATOR_INPUTS, 4, INPUTS_MAX);
            Vector outputs = table.vector(Field.OPERATOR_OUTPUTS, 4, INPUTS_MAX);
            if (inputs.length() < builtin.inputsMin()
                    || inputs.length() > builtin.inputsMax()
                    || outputs.length() != 1) {
                throw malformed("%d inputs and %d outputs, %d to %d inputs and one output allowed"
                        .formatted(inputs.length(), outputs.length(), builtin.inputsMin(), builtin.inputsMax()));
            }
            int output = outputs.int32(0);
            int version = code.version();
            return switch (builtin) {
                case CONV_2D -> conv2d(version, inputs, output);
                case DEPTHWISE_CONV_2D -> depthwiseConv2d(version, inputs, output);
                case FULLY_CONNECTED -> fullyConnected(version, inputs, output);
                case ADD -> new Add(version, inputs.int32(0), inputs.int32(1), output, activation(options(builtin), 0));
                case AVERAGE_POOL_2D -> averagePool2d(version, inputs, output);
                case RESHAPE -> reshape(version, inputs, output);
                case SOFTMAX ->
                    new Softmax(
                            version, inputs.int32(0), output, options(builtin).float32(0));
            };
        }

        private Conv2d conv2d(int version, Vector inputs, int output) throws ModelException {
            Table options = options(TfliteBuiltin.CONV_2D);
            Tensor filter = image("filter", inputs.int32(1));
            Window window = window(
                    options.int8(0),
                    image("input", inputs.int32(0)),
                    new Axis(filter.dimension(1), options.int32(2, 0), options.int32(5, 1)),
                    new Axis(filter.dimension(2), options.int32(1, 0), options.int32(4, 1)));
            return new Conv2d(
                    version,
                    inputs.int32(0),
                    inputs.int32(1),
                    optional(inputs, 2),
                    output,
                    window,
                    activation(options, 3));
        }

        private DepthwiseConv2d depthwiseConv2d(int version, Vector inputs, int output) throws ModelException {
            Table options = options(TfliteBuiltin.DEPTHWISE_CONV_2D);
            Tensor filter = image("filter", inputs.int32(1));
            Window window = window(
                    options.int8(0),
                    image("input", inputs.int32(0)),
                    new Axis(filter.dimension(1), options.int32(2, 0), options.int32(6, 1)),
                    new Axis(filter.dimension(2), options.int32(1, 0), options.int32(5, 1)));
            return new DepthwiseConv2d(
                    version,
                    inputs.int32(0),
                    inputs.int32(1),
                    optional(inputs, 2),
                    output,
                    window,
                    options.int32(3, 0),
                    activation(options, 4));
        }

        private FullyConnected fullyConnected(int version, Vector inputs, int output) throws ModelException {
            Table options = options(TfliteBuiltin.FULLY_CONNECTED);
            if (options.int8(1) != 0) {
                throw unsupported("weights format %d, 0 supported".formatted(options.int8(1)));
            }
            return new FullyConnected(
                    version, inputs.int32(0), inputs.int32(1), optional(inputs, 2), output, activation(options, 0));
        }

        private AveragePool2d averagePool2d(int version, Vector inputs, int output) throws ModelException {
            Table options = options(TfliteBuiltin.AVERAGE_POOL_2D);
            Window window = window(
                    options.int8(0),
                    image("input", inputs.int32(0)),
                    new Axis(options.int32(4, 0), options.int32(2, 0), 1),
                    new Axis(options.int32(3, 0), options.int32(1, 0), 1));
            return new AveragePool2d(version, inputs.int32(0), output, window, activation(options, 5));
        }

        /** The new shape is in the output tensor; a second input that repeats it must agree. */
        private Reshape reshape(int version, Vector inputs, int output) throws ModelException {
            Tensor result = tensor("output", output);
            OptionalInt shapeId = optional(inputs, 1);
            if (shapeId.isPresent()) {
                Tensor shape = tensor("shape", shapeId.getAsInt());
                if (shape.type() != TensorType.INT32 || !shape.isConstant()) {
                    throw unsupported("shape %s, constant INT32 supported".formatted(shape));
                }
                if (shape.elements() > Limits.RANK_MAX || !agrees(shape.constantInts(), result)) {
                    throw malformed("shape input %s disagrees with output %s".formatted(shape, result));
                }
            }
            return new Reshape(version, inputs.int32(0), output);
        }

        private static boolean agrees(int[] shape, Tensor result) {
            if (shape.length != result.rank()) {
                return false;
            }
            for (int i = 0; i < shape.length; i++) {
                if (shape[i] != -1 && shape[i] != result.dimension(i)) {
                    return false;
                }
            }
            return true;
        }

        /** Kernel, stride and dilation along height or width. */
        private record Axis(int kernel, int stride, int dilation) {
            boolean inRange() {
                return kernel >= 1
                        && stride >= 1
                        && dilation >= 1
                        && stride <= Limits.WINDOW_MAX
                        && extent() <= Limits.WINDOW_MAX;
            }

            long extent() {
                return Window.extent(kernel, dilation);
            }

            int padding(int in, int code) {
                // In range, the padding is below the extent, so it fits.
                return code == 0 ? (int) Window.samePadding(in, stride, extent()) : 0;
            }
        }

        /** Padding code 0 is SAME: an odd position of padding goes after. Code 1 is VALID: none. */
        private Window window(int code, Tensor input, Axis height, Axis width) throws ModelException {
            if (code != 0 && code != 1) {
                throw unsupported("padding code %d, 0 (SAME) and 1 (VALID) supported".formatted(code));
            }
            if (!height.inRange() || !width.inRange()) {
                throw malformed(
                        "height %s, width %s, extents of 1 to %d allowed".formatted(height, width, Limits.WINDOW_MAX));
            }
            int vertical = height.padding(input.dimension(1), code);
            int horizontal = width.padding(input.dimension(2), code);
            return new Window(
                    height.kernel,
                    width.kernel,
                    height.stride,
                    width.stride,
                    height.dilation,
                    width.dilation,
                    vertical / 2,
                    horizontal / 2,
                    vertical - vertical / 2,
                    horizontal - horizontal / 2);
        }

        private Table options(TfliteBuiltin builtin) throws ModelException {
            int type = Byte.toUnsignedInt((byte) table.int8(Field.OPERATOR_OPTIONS_TYPE));
            if (type != builtin.optionsType()) {
                throw malformed("options of type %d, %d allowed".formatted(type, builtin.optionsType()));
            }
            return table.table(Field.OPERATOR_OPTIONS).orElseThrow(() -> malformed("no options"));
        }

        private Activation activation(Table options, int field) throws ModelException {
            int code = options.int8(field);
            return switch (code) {
                case 0 -> Activation.NONE;
                case 1 -> Activation.RELU;
                case 2 -> Activation.RELU_N1_TO_1;
                case 3 -> Activation.RELU6;
                default ->
                    throw unsupported(
                            "fused activation %d, 0 to 3 (NONE, RELU, RELU_N1_TO_1, RELU6) supported".formatted(code));
            };
        }

        private OptionalInt optional(Vector inputs, int position) {
            return position >= inputs.length() || inputs.int32(position) == -1
                    ? OptionalInt.empty()
                    : OptionalInt.of(inputs.int32(position));
        }

        private Tensor image(String what, int id) throws ModelException {
            Tensor tensor = tensor(what, id);
            if (tensor.rank() != 4) {
                throw malformed("%s %s, rank 4 allowed".formatted(what, tensor));
            }
            return tensor;
        }

        private Tensor tensor(String what, int id) throws ModelException {
            if (id < 0 || id >= tensors.size()) {
                throw malformed("%s is tensor %d, 0 to %d allowed".formatted(what, id, tensors.size() - 1));
            }
            return tensors.get(id);
        }

        private MalformedModelException malformed(String problem) {
            return new MalformedModelException(file, where, problem);
        }

        private UnsupportedModelException unsupported(String problem) {
            return new UnsupportedModelException(file, where, problem);
        }
    }
}
