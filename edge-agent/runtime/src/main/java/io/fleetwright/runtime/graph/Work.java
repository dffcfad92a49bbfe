package io.fleetwright.runtime.graph;

import java.util.List;

/** What one inference does, counted before it runs. */
public final class Work {
    private Work() {}

    /** Products per output element, times output elements; operators without products count 0. */
    public static long macs(List<Tensor> tensors, Operator operator) {
        long outputs = tensors.get(operator.output()).elements();
        return switch (operator) {
            case Operator.Conv2d conv -> {
                var filter = tensors.get(conv.filter());
                yield outputs * (filter.elements() / filter.dimension(0));
            }
            case Operator.DepthwiseConv2d conv ->
                outputs * conv.window().kernelHeight() * conv.window().kernelWidth();
            case Operator.TransposeConv conv -> {
                var filter = tensors.get(conv.filter());
                long inputs = tensors.get(conv.input()).elements();
                yield inputs * (filter.elements() / filter.dimension(3));
            }
            case Operator.FullyConnected layer ->
                outputs * tensors.get(layer.weights()).dimension(1);
            case Operator.UnidirectionalSequenceLstm lstm -> {
                long depth = tensors.get(lstm.input()).dimension(2);
                yield 4 * outputs * (depth + tensors.get(lstm.output()).dimension(2));
            }
            case Operator.Pairwise _, Operator.Elementwise _, Operator.AveragePool2d _, Operator.MaxPool2d _ -> 0;
            case Operator.Reshape _, Operator.Softmax _, Operator.Mean _, Operator.ResizeBilinear _ -> 0;
            case Operator.OnArrays step -> step.macs();
        };
    }

    /**
     * Steps, for a bound on time: products; what pools add up or compare, by the window positions that an image has;
     * elements read and written.
     */
    public static long steps(List<Tensor> tensors, Operator operator) {
        long steps = macs(tensors, operator);
        for (int read : operator.activations()) {
            steps += tensors.get(read).elements();
        }
        for (int written : operator.outputs()) {
            steps += tensors.get(written).elements();
        }
        return switch (operator) {
            case Operator.AveragePool2d pool -> steps + taken(tensors, pool.window(), pool.input(), pool.output());
            case Operator.MaxPool2d pool -> steps + taken(tensors, pool.window(), pool.input(), pool.output());
            case Operator.OnArrays step -> Math.max(steps, step.work());
            default -> steps;
        };
    }

    private static long taken(List<Tensor> tensors, Window window, int input, int output) {
        long height = Math.min(window.kernelHeight(), tensors.get(input).dimension(1));
        long width = Math.min(window.kernelWidth(), tensors.get(input).dimension(2));
        return tensors.get(output).elements() * height * width;
    }
}
