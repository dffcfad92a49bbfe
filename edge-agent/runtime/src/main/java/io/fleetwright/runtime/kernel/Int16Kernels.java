package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Int8Function;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.TensorType;
import java.util.Optional;

/**
 * Kernels of operators on int16 activations, in plain Java on every {@link KernelSet}. Only TFLite defines such operators, so
 * {@link Arithmetic#ONNX} means double rounding here.
 */
public final class Int16Kernels {
    private Int16Kernels() {}

    /** The kernel of an operator that reads or writes int16, other than one that brings its own or copies bytes. */
    public static Optional<Kernel> of(Graph graph, Operator operator, Arithmetic arithmetic) {
        if (operator instanceof Operator.OnArrays) {
            return Optional.empty();
        }
        var input = graph.tensors().get(operator.activations().getFirst());
        var output = graph.tensors().get(operator.output());
        if (input.type() != TensorType.INT16 && output.type() != TensorType.INT16) {
            return Optional.empty();
        }
        var rounding = arithmetic.rounding();
        return switch (operator) {
            case Operator.Conv2d conv ->
                Optional.of(new Conv2d16x8Kernel(graph, DenseConvolution.of(graph, conv), rounding));
            case Operator.DepthwiseConv2d conv -> Optional.of(new DepthwiseConv2d16x8Kernel(graph, conv, rounding));
            case Operator.TransposeConv conv ->
                Optional.of(new Conv2d16x8Kernel(graph, DenseConvolution.of(graph, conv), rounding));
            case Operator.FullyConnected layer -> Optional.of(new FullyConnected16x8Kernel(graph, layer, rounding));
            case Operator.Pairwise pair -> Optional.of(new Pairwise16Kernel(graph, pair, rounding));
            case Operator.Elementwise function -> Optional.of(elementwise(graph, function, rounding));
            case Operator.AveragePool2d pool -> Optional.of(new Pool16Kernel(graph, pool));
            case Operator.MaxPool2d pool -> Optional.of(new Pool16Kernel(graph, pool));
            case Operator.ResizeBilinear resize -> Optional.of(new ResizeBilinearKernel(graph, resize));
            case Operator.Softmax softmax -> Optional.of(new Softmax16Kernel(graph, softmax, rounding));
            case Operator.Mean mean -> Optional.of(new MeanKernel(graph, mean, rounding));
            case Operator.Reshape _, Operator.OnArrays _ -> Optional.empty();
            case Operator.UnidirectionalSequenceLstm _ ->
                throw new IllegalStateException("%s on int16 in a checked graph".formatted(operator.builtin()));
        };
    }

    private static Kernel elementwise(Graph graph, Operator.Elementwise operator, Rounding rounding) {
        return switch (operator.function()) {
            case Int8Function.Logistic _, Int8Function.Tanh _ -> new Sigmoid16Kernel(graph, operator);
            case Int8Function.Clamp _, Int8Function.Rescale _, Int8Function.LeakyRelu _, Int8Function.HardSwish _ ->
                new Elementwise16Kernel(graph, operator, rounding);
        };
    }
}
