package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.tflite.FlatBuffer.Table;
import io.fleetwright.runtime.tflite.WindowOperators.Axis;
import java.util.Arrays;
import java.util.OptionalInt;

/** Reads the operators that multiply activations with weights. */
final class ProductOperators {
    private ProductOperators() {}

    static Operator conv2d(OperatorReader node) throws ModelException {
        Table options = node.options();
        sumsOfBias(node, node.input(0), node.optionalInput(2), options.int8(6), TensorType.INT64);
        Tensor filter = node.image("filter", node.input(1));
        Window window = WindowOperators.window(
                node,
                options.int8(0),
                node.image("input", node.input(0)),
                new Axis(filter.dimension(1), options.int32(2, 0), options.int32(5, 1)),
                new Axis(filter.dimension(2), options.int32(1, 0), options.int32(4, 1)));
        return new Operator.Conv2d(
                node.version(),
                node.input(0),
                node.input(1),
                node.optionalInput(2),
                node.output(),
                window,
                node.activation(options, 3));
    }

    /**
     * An option may name the type that int16 products are added up in, which has to be that of the bias.
     *
     * @param option a type by its number in the schema, float32 for none
     * @param unbiased the type without a bias
     */
    private static void sumsOfBias(OperatorReader node, int input, OptionalInt bias, int option, TensorType unbiased)
            throws ModelException {
        TensorType named = switch (option) {
            case 2 -> TensorType.INT32;
            case 4 -> TensorType.INT64;
            default -> null;
        };
        if (named == null || node.tensor("input", input).type() != TensorType.INT16) {
            return;
        }
        TensorType found =
                bias.isPresent() ? node.tensor("bias", bias.getAsInt()).type() : unbiased;
        if (named != found) {
            throw node.unsupported("quantized bias type %s with %s, the same type supported"
                    .formatted(named, bias.isPresent() ? "bias " + found : "no bias, which means " + unbiased));
        }
    }

    static Operator depthwiseConv2d(OperatorReader node) throws ModelException {
        Table options = node.options();
        Tensor filter = node.image("filter", node.input(1));
        Window window = WindowOperators.window(
                node,
                options.int8(0),
                node.image("input", node.input(0)),
                new Axis(filter.dimension(1), options.int32(2, 0), options.int32(6, 1)),
                new Axis(filter.dimension(2), options.int32(1, 0), options.int32(5, 1)));
        return new Operator.DepthwiseConv2d(
                node.version(),
                node.input(0),
                node.input(1),
                node.optionalInput(2),
                node.output(),
                window,
                options.int32(3, 0),
                node.activation(options, 4));
    }

    /** Inputs are the output's shape, which its tensor has too, then filter, input and bias. */
    static Operator transposeConv(OperatorReader node) throws ModelException {
        Table options = node.options();
        sumsOfBias(node, node.input(2), node.optionalInput(3), options.int8(4), TensorType.INT64);
        Tensor output = node.image("output", node.output());
        Tensor filter = node.image("filter", node.input(1));
        int[] shape = node.constant("output shape", 0, 4);
        if (!output.shape().equals(Arrays.stream(shape).boxed().toList())) {
            throw node.malformed("output %s, shape %s given".formatted(output, Arrays.toString(shape)));
        }
        Window window = WindowOperators.window(
                node,
                options.int8(0),
                output,
                new Axis(filter.dimension(1), options.int32(2, 0), 1),
                new Axis(filter.dimension(2), options.int32(1, 0), 1));
        return new Operator.TransposeConv(
                node.version(),
                node.input(2),
                node.input(1),
                node.optionalInput(3),
                node.output(),
                window,
                node.activation(options, 3));
    }

    static Operator fullyConnected(OperatorReader node) throws ModelException {
        Table options = node.options();
        if (options.int8(1) != 0) {
            throw node.unsupported("weights format %d, 0 supported".formatted(options.int8(1)));
        }
        sumsOfBias(node, node.input(0), node.optionalInput(2), options.int8(4), TensorType.INT32);
        return new Operator.FullyConnected(
                node.version(),
                node.input(0),
                node.input(1),
                node.optionalInput(2),
                node.output(),
                node.activation(options, 0));
    }
}
