package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.array.InferenceException;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Int8Function;
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
import java.util.List;
import java.util.OptionalInt;

/**
 * One operator of a file: its tensors, the options table that belongs to its kind, and refusals that name it.
 *
 * <p>Positions count the operator's own inputs and outputs, ids the tensors of the graph.
 */
final class OperatorReader {
    private static final int FIELD_INPUTS = 1;
    private static final int FIELD_OUTPUTS = 2;
    private static final int FIELD_OPTIONS_TYPE = 3;
    private static final int FIELD_OPTIONS = 4;
    private static final int LEFT_OUT = -1;

    /** An entry of the model's table of operator kinds. */
    record Code(int builtin, String custom, int version) {
        String name() {
            return custom.isEmpty() ? TfliteBuiltin.name(builtin) : "CUSTOM \"%s\"".formatted(custom);
        }
    }

    /** What the operators of one model may take together, since a small file can name one large tensor many times. */
    static final class Budget {
        private long positions;
    }

    /** Makes something of arrays that may contradict each other. */
    @FunctionalInterface
    interface Inference<T> {
        T get() throws InferenceException;
    }

    private final String file;
    private final Code code;
    private final Table table;
    private final List<Tensor> tensors;
    private final Budget budget;
    private final String where;
    private final Vector inputs;
    private final Vector outputs;

    OperatorReader(String file, int index, Code code, Table table, List<Tensor> tensors, Budget budget)
            throws ModelException {
        this.file = file;
        this.code = code;
        this.table = table;
        this.tensors = tensors;
        this.budget = budget;
        this.where = Operator.where(index, code.name(), code.version());
        this.inputs = table.vector(FIELD_INPUTS, 4, Limits.GRAPH_PORTS_MAX);
        this.outputs = table.vector(FIELD_OUTPUTS, 4, Limits.GRAPH_PORTS_MAX);
    }

    Operator read() throws ModelException {
        TfliteBuiltin builtin = TfliteBuiltin.supported(code.builtin())
                .filter(_ -> code.custom().isEmpty())
                .orElseThrow(() -> unsupported("supported are " + TfliteBuiltin.supportedNames()));
        if (code.version() < 1 || code.version() > builtin.versionMax()) {
            throw unsupported("versions 1 to %d supported".formatted(builtin.versionMax()));
        }
        if (inputs.length() < builtin.inputsMin()
                || inputs.length() > builtin.inputsMax()
                || outputs.length() < 1
                || outputs.length() > builtin.outputsMax()) {
            throw malformed("%d inputs and %d outputs, %d to %d inputs and %s allowed"
                    .formatted(
                            inputs.length(),
                            outputs.length(),
                            builtin.inputsMin(),
                            builtin.inputsMax(),
                            builtin.outputsMax() == 1
                                    ? "one output"
                                    : "1 to %d outputs".formatted(builtin.outputsMax())));
        }
        int type = optionsType();
        // Writers leave out options without fields, or with none but defaults.
        if (type != 0 && type != builtin.optionsType()) {
            throw malformed("options of type %d, %d allowed".formatted(type, builtin.optionsType()));
        }
        return step(builtin);
    }

    private Operator step(TfliteBuiltin builtin) throws ModelException {
        return switch (builtin) {
            case CONV_2D -> ProductOperators.conv2d(this);
            case DEPTHWISE_CONV_2D -> ProductOperators.depthwiseConv2d(this);
            case FULLY_CONNECTED -> ProductOperators.fullyConnected(this);
            case TRANSPOSE_CONV -> ProductOperators.transposeConv(this);
            case RESIZE_BILINEAR -> WindowOperators.resizeBilinear(this);
            case AVERAGE_POOL_2D -> WindowOperators.averagePool2d(this);
            case MAX_POOL_2D -> WindowOperators.maxPool2d(this);
            case ADD -> ElementwiseOperators.add(this);
            case SUB -> ElementwiseOperators.sub(this);
            case MUL -> ElementwiseOperators.mul(this);
            case RELU -> ElementwiseOperators.function(this, new Int8Function.Clamp(Activation.RELU));
            case RELU6 -> ElementwiseOperators.function(this, new Int8Function.Clamp(Activation.RELU6));
            case RELU_N1_TO_1 -> ElementwiseOperators.function(this, new Int8Function.Clamp(Activation.RELU_N1_TO_1));
            case LOGISTIC -> ElementwiseOperators.function(this, new Int8Function.Logistic());
            case TANH -> ElementwiseOperators.function(this, new Int8Function.Tanh());
            case HARD_SWISH -> ElementwiseOperators.function(this, new Int8Function.HardSwish());
            case LEAKY_RELU -> ElementwiseOperators.leakyRelu(this);
            case QUANTIZE -> ElementwiseOperators.quantize(this);
            case DEQUANTIZE -> ElementwiseOperators.dequantize(this);
            case SOFTMAX -> ElementwiseOperators.softmax(this);
            case MEAN -> ElementwiseOperators.mean(this);
            case UNIDIRECTIONAL_SEQUENCE_LSTM -> RecurrentOperators.lstm(this);
            case RESHAPE -> MovementOperators.reshape(this);
            case TRANSPOSE -> MovementOperators.transpose(this);
            case CONCATENATION -> MovementOperators.concatenation(this);
            case SPLIT -> MovementOperators.split(this);
            case PACK -> MovementOperators.pack(this);
            case UNPACK -> MovementOperators.unpack(this);
            case SLICE -> MovementOperators.slice(this);
            case STRIDED_SLICE -> MovementOperators.stridedSlice(this);
            case SQUEEZE -> MovementOperators.squeeze(this);
            case EXPAND_DIMS -> MovementOperators.expandDims(this);
            case RESIZE_NEAREST_NEIGHBOR -> MovementOperators.resizeNearestNeighbor(this);
            case PAD, PADV2 -> MovementOperators.pad(this);
        };
    }

    String builtin() {
        return code.name();
    }

    int version() {
        return code.version();
    }

    // Options.

    private int optionsType() throws ModelException {
        return Byte.toUnsignedInt((byte) table.int8(FIELD_OPTIONS_TYPE));
    }

    /** The options of this kind of operator, which it cannot do without. */
    Table options() throws ModelException {
        if (optionsType() == 0) {
            throw malformed("no options");
        }
        return table.table(FIELD_OPTIONS).orElseThrow(() -> malformed("no options"));
    }

    Activation activation(Table options, int field) throws ModelException {
        int clamp = options.int8(field);
        return switch (clamp) {
            case 0 -> Activation.NONE;
            case 1 -> Activation.RELU;
            case 2 -> Activation.RELU_N1_TO_1;
            case 3 -> Activation.RELU6;
            default ->
                throw unsupported(
                        "fused activation %d, 0 to 3 (NONE, RELU, RELU_N1_TO_1, RELU6) supported".formatted(clamp));
        };
    }

    /** A list in the options; absent is empty. */
    int[] integers(Table options, int field, int countMax) throws ModelException {
        Vector vector = options.vector(field, 4, countMax);
        int[] values = new int[vector.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = vector.int32(i);
        }
        return values;
    }

    /** A yes or no of the options. */
    boolean flag(Table options, int field) throws ModelException {
        return options.int8(field) != 0;
    }

    // Tensors.

    int inputs() {
        return inputs.length();
    }

    int outputs() {
        return outputs.length();
    }

    int input(int position) {
        return inputs.int32(position);
    }

    int output() {
        return outputs.int32(0);
    }

    int output(int position) {
        return outputs.int32(position);
    }

    OptionalInt optionalInput(int position) {
        return position >= inputs.length() || inputs.int32(position) == LEFT_OUT
                ? OptionalInt.empty()
                : OptionalInt.of(inputs.int32(position));
    }

    Tensor tensor(String what, int id) throws ModelException {
        if (id < 0 || id >= tensors.size()) {
            throw malformed("%s is tensor %d, 0 to %d allowed".formatted(what, id, tensors.size() - 1));
        }
        return tensors.get(id);
    }

    Tensor image(String what, int id) throws ModelException {
        Tensor tensor = tensor(what, id);
        if (tensor.rank() != 4) {
            throw malformed("%s %s, rank 4 allowed".formatted(what, tensor));
        }
        return tensor;
    }

    /** The numbers in a constant input that says how to compute, such as axes; at most {@code countMax} of them. */
    int[] constant(String what, int position, int countMax) throws ModelException {
        Tensor constant = tensor(what, input(position));
        boolean whole = constant.type() == TensorType.INT32 || constant.type() == TensorType.INT64;
        if (!whole || !constant.isConstant()) {
            throw unsupported("%s %s, constant INT32 or INT64 supported".formatted(what, constant));
        }
        if (constant.elements() > countMax) {
            throw malformed("%s %s, at most %d elements allowed".formatted(what, constant, countMax));
        }
        if (constant.type() == TensorType.INT32) {
            return constant.constantInts();
        }
        ByteBuffer longs = constant.constant();
        int[] values = new int[constant.elements()];
        for (int i = 0; i < values.length; i++) {
            long value = longs.getLong();
            if (value != (int) value) {
                throw unsupported("%s %s has %d, 32 bits supported".formatted(what, constant, value));
            }
            values[i] = (int) value;
        }
        return values;
    }

    /** A dimension counted from the end when negative. */
    int axis(int axis, int rank) throws ModelException {
        if (axis < -rank || axis >= rank) {
            throw malformed("axis %d, %d to %d allowed".formatted(axis, -rank, rank - 1));
        }
        return axis < 0 ? axis + rank : axis;
    }

    /** Takes from what the model may list: positions along dimensions. */
    void spendPositions(long count) throws ModelException {
        budget.positions += count;
        if (count > Limits.POSITIONS_MAX || budget.positions > Limits.POSITIONS_MAX) {
            throw unsupported("rearranges along %d positions up to here, at most %d allowed"
                    .formatted(budget.positions, Limits.POSITIONS_MAX));
        }
    }

    // Refusals.

    <T> T checked(Inference<T> inference) throws ModelException {
        try {
            return inference.get();
        } catch (InferenceException refused) {
            throw switch (refused.kind()) {
                case CONTRADICTION -> malformed(refused.problem());
                case UNSUPPORTED -> unsupported(refused.problem());
            };
        }
    }

    MalformedModelException malformed(String problem) {
        return new MalformedModelException(file, where, problem);
    }

    UnsupportedModelException unsupported(String problem) {
        return new UnsupportedModelException(file, where, problem);
    }
}
