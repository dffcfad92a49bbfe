package io.fleetwright.runtime;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model costs, known before it is deployed.
 *
 * @param operators in execution order
 * @param tensors all values of the graph, constants included
 * @param macs multiply-accumulates of one inference
 * @param weightBytes data of all constants
 * @param arenaBytes working memory for activations as planned
 * @param liveSetBytes lower bound of {@code arenaBytes}: the most that is alive at any one step
 */
public record ModelReport(
        String name,
        List<OperatorReport> operators,
        List<TensorReport> tensors,
        long macs,
        long weightBytes,
        long arenaBytes,
        long liveSetBytes) {

    /**
     * One step.
     *
     * @param carrier of its products, when the model decides it, for example {@code bit-planes}; else empty
     * @param bytes of inputs, constants and outputs, each counted once
     */
    public record OperatorReport(
            int index, String name, String carrier, int version, long macs, long bytes, List<Integer> outputShape) {
        public OperatorReport {
            outputShape = List.copyOf(outputShape);
        }
    }

    /** One value. */
    public record TensorReport(
            int index, String name, TensorType type, List<Integer> shape, int bytes, boolean constant) {
        public TensorReport {
            shape = List.copyOf(shape);
        }
    }

    public ModelReport {
        operators = List.copyOf(operators);
        tensors = List.copyOf(tensors);
    }

    /** Counts; runs nothing. */
    public static ModelReport of(Graph graph) {
        var operators = new ArrayList<OperatorReport>();
        long macs = 0;
        for (int index = 0; index < graph.operators().size(); index++) {
            var operator = graph.operators().get(index);
            long own = macs(graph, operator);
            macs += own;
            var shape = graph.tensors().get(operator.output()).shape();
            operators.add(new OperatorReport(
                    index,
                    operator.builtin(),
                    operator instanceof Operator.OnArrays step ? step.carrier() : "",
                    operator.version(),
                    own,
                    bytes(graph, operator),
                    shape));
        }
        var tensors = new ArrayList<TensorReport>();
        long weightBytes = 0;
        for (int index = 0; index < graph.tensors().size(); index++) {
            var tensor = graph.tensors().get(index);
            weightBytes += tensor.isConstant() ? tensor.bytes() : 0;
            tensors.add(new TensorReport(
                    index, tensor.name(), tensor.type(), tensor.shape(), tensor.bytes(), tensor.isConstant()));
        }
        return new ModelReport(
                graph.name(),
                operators,
                tensors,
                macs,
                weightBytes,
                graph.plan().bytes(),
                graph.plan().liveSetBytes());
    }

    private static long bytes(Graph graph, Operator operator) {
        long sum = 0;
        for (int tensor : operator.activations()) {
            sum += graph.tensors().get(tensor).bytes();
        }
        for (int tensor : operator.constants()) {
            sum += graph.tensors().get(tensor).bytes();
        }
        for (int tensor : operator.outputs()) {
            sum += graph.tensors().get(tensor).bytes();
        }
        return sum;
    }

    /** Products per output element, times output elements; operators without products count 0. */
    private static long macs(Graph graph, Operator operator) {
        long outputs = graph.tensors().get(operator.output()).elements();
        return switch (operator) {
            case Operator.Conv2d conv -> {
                var filter = graph.tensors().get(conv.filter());
                yield outputs * (filter.elements() / filter.dimension(0));
            }
            case Operator.DepthwiseConv2d conv ->
                outputs * conv.window().kernelHeight() * conv.window().kernelWidth();
            case Operator.TransposeConv conv -> {
                var filter = graph.tensors().get(conv.filter());
                long inputs = graph.tensors().get(conv.input()).elements();
                yield inputs * (filter.elements() / filter.dimension(3));
            }
            case Operator.FullyConnected layer ->
                outputs * graph.tensors().get(layer.weights()).dimension(1);
            case Operator.Pairwise _, Operator.Elementwise _, Operator.AveragePool2d _, Operator.MaxPool2d _ -> 0;
            case Operator.Reshape _, Operator.Softmax _, Operator.Mean _, Operator.ResizeBilinear _ -> 0;
            case Operator.UnidirectionalSequenceLstm lstm ->
                4
                        * outputs
                        * (graph.tensors().get(lstm.input()).dimension(2)
                                + (long) graph.tensors().get(lstm.output()).dimension(2));
            case Operator.OnArrays step -> step.macs();
        };
    }
}
