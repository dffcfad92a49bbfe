package io.fleetwright.runtime;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.Work;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model costs, known before it is deployed.
 *
 * @param operators in execution order
 * @param tensors all values of the graph, constants included
 * @param macs multiply-accumulates of one inference
 * @param work steps of one inference, products and others, see {@link Work}
 * @param weightBytes data of all constants
 * @param arenaBytes working memory for activations as planned
 * @param liveSetBytes lower bound of {@code arenaBytes}: the most that is alive at any one step
 */
public record ModelReport(
        String name,
        List<OperatorReport> operators,
        List<TensorReport> tensors,
        long macs,
        long work,
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
        long work = 0;
        for (int index = 0; index < graph.operators().size(); index++) {
            var operator = graph.operators().get(index);
            long own = Work.macs(graph.tensors(), operator);
            work += Work.steps(graph.tensors(), operator);
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
                work,
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
}
