package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/** Every operator in plain Java: runs anywhere, and is what the others are compared with. */
public final class ScalarKernels implements KernelSet {
    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public Kernel kernel(Graph graph, Operator operator, Arithmetic arithmetic) {
        return Int16Kernels.of(graph, operator, arithmetic).orElseGet(() -> int8(graph, operator, arithmetic));
    }

    private static Kernel int8(Graph graph, Operator operator, Arithmetic arithmetic) {
        boolean real = arithmetic == Arithmetic.ONNX;
        return switch (operator) {
            case Operator.Conv2d conv -> new Conv2dKernel(graph, DenseConvolution.of(graph, conv), arithmetic);
            case Operator.DepthwiseConv2d conv -> new DepthwiseConv2dKernel(graph, conv, arithmetic);
            case Operator.FullyConnected layer -> new FullyConnectedKernel(graph, layer, arithmetic);
            case Operator.Add add when real && RealAddKernel.takes(graph, add) -> new RealAddKernel(graph, add);
            case Operator.Pairwise pair -> new PairwiseKernel(graph, pair, arithmetic);
            case Operator.Elementwise function -> new TableKernel(graph, function, arithmetic);
            case Operator.TransposeConv conv -> new Conv2dKernel(graph, DenseConvolution.of(graph, conv), arithmetic);
            case Operator.ResizeBilinear resize -> new ResizeBilinearKernel(graph, resize);
            case Operator.MaxPool2d pool -> new MaxPool2dKernel(graph, pool);
            case Operator.AveragePool2d pool ->
                real ? new RealAveragePool2dKernel(graph, pool) : new AveragePool2dKernel(graph, pool);
            case Operator.Reshape reshape -> new CopyKernel(graph, reshape);
            case Operator.Softmax softmax ->
                real ? new RealSoftmaxKernel(graph, softmax) : new SoftmaxKernel(graph, softmax);
            case Operator.Mean mean ->
                real ? new RealMeanKernel(graph, mean) : new MeanKernel(graph, mean, arithmetic.rounding());
            case Operator.UnidirectionalSequenceLstm lstm -> new LstmKernel(graph, lstm, arithmetic.rounding());
            case Operator.OnArrays step -> ((BringsKernel) step).kernel(graph);
        };
    }
}
