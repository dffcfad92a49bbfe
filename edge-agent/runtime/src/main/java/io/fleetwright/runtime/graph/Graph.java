package io.fleetwright.runtime.graph;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A network that this runtime can run: tensors, and operators in an order in which they can be computed.
 *
 * <p>Immutable, and checked when made: shapes agree, weights are constant, quantization is present and usable, every
 * tensor is written once and before it is read, and the memory it needs is within limits. Kernels rely on all of it.
 */
public final class Graph {
    private final String name;
    private final List<Tensor> tensors;
    private final List<Operator> operators;
    private final List<Integer> inputs;
    private final List<Integer> outputs;
    private final ArenaPlan plan;

    private Graph(
            String name,
            List<Tensor> tensors,
            List<Operator> operators,
            List<Integer> inputs,
            List<Integer> outputs,
            ArenaPlan plan) {
        this.name = name;
        this.tensors = tensors;
        this.operators = operators;
        this.inputs = inputs;
        this.outputs = outputs;
        this.plan = plan;
    }

    /**
     * Checks the parts and makes a graph of them.
     *
     * @param inputs tensors the caller provides, by position in {@code tensors}
     * @param outputs tensors the caller reads, by position in {@code tensors}
     * @throws ModelException when the parts contradict each other, or need what this runtime does not compute
     */
    public static Graph of(
            String name, List<Tensor> tensors, List<Operator> operators, List<Integer> inputs, List<Integer> outputs)
            throws ModelException {
        var ownTensors = List.copyOf(tensors);
        var ownOperators = List.copyOf(operators);
        var ownInputs = List.copyOf(inputs);
        var ownOutputs = List.copyOf(outputs);
        new GraphChecker(name, ownTensors, ownOperators, ownInputs, ownOutputs).check();
        var plan = ArenaPlan.of(ownTensors, ownOperators, ownInputs, ownOutputs);
        if (plan.bytes() > Limits.ARENA_BYTES_MAX) {
            throw new UnsupportedModelException(
                    name,
                    "graph",
                    "activations need %d bytes, at most %d allowed".formatted(plan.bytes(), Limits.ARENA_BYTES_MAX));
        }
        return new Graph(name, ownTensors, ownOperators, ownInputs, ownOutputs, plan);
    }

    /** The name given by whoever read the model, usually its file name. */
    public String name() {
        return name;
    }

    public List<Tensor> tensors() {
        return tensors;
    }

    /** In execution order. */
    public List<Operator> operators() {
        return operators;
    }

    /** Positions in {@link #tensors()} of the tensors that the caller provides. */
    public List<Integer> inputIds() {
        return inputs;
    }

    /** Positions in {@link #tensors()} of the tensors that the caller reads. */
    public List<Integer> outputIds() {
        return outputs;
    }

    public List<TensorInfo> inputs() {
        return inputs.stream().map(id -> tensors.get(id).info()).toList();
    }

    public List<TensorInfo> outputs() {
        return outputs.stream().map(id -> tensors.get(id).info()).toList();
    }

    /** The distinct operators needed, for admission to a device that may not have all of them. */
    public SortedSet<String> operatorNames() {
        var names = new TreeSet<String>();
        operators.forEach(operator -> names.add(operator.builtin()));
        return names;
    }

    /** Where each computed tensor lives. */
    public ArenaPlan plan() {
        return plan;
    }
}
