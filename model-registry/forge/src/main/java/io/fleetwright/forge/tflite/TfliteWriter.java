package io.fleetwright.forge.tflite;

import io.fleetwright.forge.tflite.FlatBuffer.Node;
import io.fleetwright.forge.tflite.FlatBuffer.References;
import io.fleetwright.forge.tflite.FlatBuffer.Scalars;
import io.fleetwright.forge.tflite.FlatBuffer.Table;
import io.fleetwright.forge.tflite.FlatBuffer.Text;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Writes a {@link TfliteModel} as a TensorFlow Lite file (schema version 3, identifier TFL3).
 *
 * <p>Buffer 0 is empty, as the schema asks; constant data starts at multiples of 16 bytes. Slot numbers below are
 * the positions of the fields in the published schema. The same model gives the same bytes.
 */
public final class TfliteWriter {
    private static final String IDENTIFIER = "TFL3";
    private static final int SCHEMA_VERSION = 3;
    private static final int DATA_ALIGNMENT = 16;

    private TfliteWriter() {}

    /** An operator as the file names it: number, the version that knows int8, and the options' type number. */
    private enum Code {
        AVERAGE_POOL_2D(1, 2, 5),
        CONV_2D(3, 3, 1),
        DEPTHWISE_CONV_2D(4, 3, 2),
        FULLY_CONNECTED(9, 4, 8),
        RESHAPE(22, 1, 17),
        SOFTMAX(25, 2, 9);

        final int number;
        final int version;
        final int optionsType;

        Code(int number, int version, int optionsType) {
            this.number = number;
            this.version = version;
            this.optionsType = optionsType;
        }
    }

    public static byte[] write(TfliteModel model) {
        List<Code> codes = model.operators().stream()
                .map(operator -> code(operator.kind()))
                .distinct()
                .toList();
        List<Node> buffers = new ArrayList<>();
        buffers.add(new Table());
        List<Node> tensors = new ArrayList<>();
        for (Tensor tensor : model.tensors()) {
            int buffer = 0;
            if (tensor.data().isPresent()) {
                buffer = buffers.size();
                buffers.add(buffer(tensor.data().get()));
            }
            tensors.add(tensor(tensor, buffer));
        }
        List<Node> operators = new ArrayList<>();
        for (Operator operator : model.operators()) {
            operators.add(operator(operator, codes));
        }
        List<Node> metadata = new ArrayList<>();
        new TreeMap<>(model.metadata()).forEach((name, data) -> {
            metadata.add(new Table().refer(0, new Text(name)).int32(1, buffers.size()));
            buffers.add(buffer(data));
        });
        List<Node> operatorCodes = new ArrayList<>();
        for (Code code : codes) {
            operatorCodes.add(
                    new Table().int8(0, code.number).int32(2, code.version).int32(3, code.number));
        }
        Table graph = new Table()
                .refer(0, new References(tensors))
                .refer(1, ints(model.inputs()))
                .refer(2, ints(model.outputs()))
                .refer(3, new References(operators))
                .refer(4, new Text("main"));
        Table root = new Table()
                .int32(0, SCHEMA_VERSION)
                .refer(1, new References(operatorCodes))
                .refer(2, new References(List.of(graph)))
                .refer(3, new Text(model.description()))
                .refer(4, new References(buffers));
        if (!metadata.isEmpty()) {
            root.refer(6, new References(metadata));
        }
        return FlatBuffer.write(root, IDENTIFIER);
    }

    private static Table buffer(byte[] data) {
        return new Table().refer(0, Scalars.bytes(data, DATA_ALIGNMENT));
    }

    private static Table tensor(Tensor tensor, int buffer) {
        Table table = new Table()
                .refer(0, ints(tensor.shape()))
                .int8(1, tensor.type().code)
                .int32(2, buffer)
                .refer(3, new Text(tensor.name()));
        tensor.quantization().ifPresent(quantization -> table.refer(4, quantization(quantization)));
        return table;
    }

    private static Table quantization(Quantization quantization) {
        var scales = new float[quantization.scales().size()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = quantization.scales().get(i);
        }
        long[] zeroPoints =
                quantization.zeroPoints().stream().mapToLong(Long::longValue).toArray();
        Table table = new Table().refer(2, Scalars.floats(scales)).refer(3, Scalars.longs(zeroPoints));
        return quantization.dimension() == 0 ? table : table.int32(6, quantization.dimension());
    }

    private static Table operator(Operator operator, List<Code> codes) {
        Code code = code(operator.kind());
        return new Table()
                .int32(0, codes.indexOf(code))
                .refer(1, ints(operator.inputs()))
                .refer(2, ints(operator.outputs()))
                .int8(3, code.optionsType)
                .refer(4, options(operator.kind()));
    }

    private static Code code(Kind kind) {
        return switch (kind) {
            case Kind.Conv2d _ -> Code.CONV_2D;
            case Kind.DepthwiseConv2d _ -> Code.DEPTHWISE_CONV_2D;
            case Kind.AveragePool2d _ -> Code.AVERAGE_POOL_2D;
            case Kind.FullyConnected _ -> Code.FULLY_CONNECTED;
            case Kind.Reshape _ -> Code.RESHAPE;
            case Kind.Softmax _ -> Code.SOFTMAX;
        };
    }

    private static Table options(Kind kind) {
        return switch (kind) {
            case Kind.Conv2d conv ->
                new Table()
                        .int8(0, conv.padding().code)
                        .int32(1, conv.strideWidth())
                        .int32(2, conv.strideHeight())
                        .int8(3, conv.fused().code);
            case Kind.DepthwiseConv2d conv ->
                new Table()
                        .int8(0, conv.padding().code)
                        .int32(1, conv.strideWidth())
                        .int32(2, conv.strideHeight())
                        .int32(3, conv.depthMultiplier())
                        .int8(4, conv.fused().code);
            case Kind.AveragePool2d pool ->
                new Table()
                        .int8(0, pool.padding().code)
                        .int32(1, pool.strideWidth())
                        .int32(2, pool.strideHeight())
                        .int32(3, pool.filterWidth())
                        .int32(4, pool.filterHeight())
                        .int8(5, pool.fused().code);
            case Kind.FullyConnected connected -> new Table().int8(0, connected.fused().code);
            case Kind.Reshape reshape -> new Table().refer(0, ints(reshape.newShape()));
            case Kind.Softmax softmax -> new Table().float32(0, softmax.beta());
        };
    }

    private static Scalars ints(List<Integer> values) {
        return Scalars.ints(values.stream().mapToInt(Integer::intValue).toArray());
    }
}
