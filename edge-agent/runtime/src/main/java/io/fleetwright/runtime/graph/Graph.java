package io.fleetwright.runtime.graph;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A network that this runtime can run: tensors, and operators in an order in which they can be computed.
 *
 * <p>Immutable, and checked when made: shapes agree, weights are constant, quantization is present and usable, every
 * tensor is written once and before it is read, and the memory it needs is within limits. Kernels rely on all of it.
 */
public final class Graph {
    /** Steps that change how values are represented, and not what they are. */
    private static final Set<String> CONVERSIONS = Set.of("QuantizeLinear", "DequantizeLinear", "Transpose");

    private static final List<Integer> TO_NHWC = List.of(0, 2, 3, 1);
    private static final List<Integer> TO_NCHW = List.of(0, 3, 1, 2);

    private final String name;
    private final List<Tensor> tensors;
    private final List<Operator> operators;
    private final List<Integer> inputs;
    private final List<Integer> outputs;
    private final ArenaPlan plan;
    private final Arithmetic arithmetic;

    private Graph(
            String name,
            List<Tensor> tensors,
            List<Operator> operators,
            List<Integer> inputs,
            List<Integer> outputs,
            ArenaPlan plan,
            Arithmetic arithmetic) {
        this.name = name;
        this.tensors = tensors;
        this.operators = operators;
        this.inputs = inputs;
        this.outputs = outputs;
        this.plan = plan;
        this.arithmetic = arithmetic;
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
        return new Graph(
                name, ownTensors, ownOperators, ownInputs, ownOutputs, plan, Arithmetic.TFLITE_DOUBLE_ROUNDING);
    }

    /** The same graph, meant to be computed by other arithmetic than TFLite's reference. */
    public Graph meantFor(Arithmetic other) {
        return new Graph(name, tensors, operators, inputs, outputs, plan, other);
    }

    /**
     * A stretch of this graph as a graph of its own, for running a network in pieces: what it reads from outside are its
     * inputs, what is read outside are its outputs, both in the order of {@link #tensors()}. Run one after the other, the
     * pieces of a graph give the same bytes as the whole.
     *
     * @param from first operator
     * @param to operator after the last
     * @throws IndexOutOfBoundsException when there are no such operators
     * @throws IllegalArgumentException when the stretch is empty
     */
    public Graph segment(int from, int to) {
        Objects.checkFromToIndex(from, to, operators.size());
        if (from == to) {
            throw new IllegalArgumentException("segment from operator %d to %d is empty".formatted(from, to));
        }
        var read = new TreeSet<Integer>();
        var written = new TreeSet<Integer>();
        for (var operator : operators.subList(from, to)) {
            read.addAll(operator.activations());
            written.addAll(operator.outputs());
        }
        var readOutside = new TreeSet<>(outputs);
        for (int index = 0; index < operators.size(); index++) {
            if (index < from || index >= to) {
                readOutside.addAll(operators.get(index).activations());
            }
        }
        read.removeAll(written);
        read.removeIf(tensor -> tensors.get(tensor).isConstant());
        // What nothing reads is kept as well: an operator's output must go somewhere.
        var used = new TreeSet<Integer>();
        operators.subList(from, to).forEach(operator -> used.addAll(operator.activations()));
        written.removeIf(tensor -> !readOutside.contains(tensor) && used.contains(tensor));
        try {
            return of(
                            "%s[%d..%d]".formatted(name, from, to - 1),
                            tensors,
                            operators.subList(from, to),
                            List.copyOf(read),
                            List.copyOf(written))
                    .meantFor(arithmetic);
        } catch (ModelException impossible) {
            throw new IllegalStateException("a stretch of a checked graph is refused", impossible);
        }
    }

    /**
     * Tensors that are alive between operators: made before a cut and read from there on, in the order of {@link #tensors()}.
     *
     * @param cut operator after it: 0, where that is {@link #inputIds()}, to the number of operators, where it is {@link #outputIds()}
     * @throws IndexOutOfBoundsException when there is no such place
     */
    public List<Integer> crossing(int cut) {
        Objects.checkIndex(cut, operators.size() + 1);
        if (cut == 0) {
            return inputs;
        }
        if (cut == operators.size()) {
            return outputs;
        }
        var made = new TreeSet<>(inputs);
        operators.subList(0, cut).forEach(operator -> made.addAll(operator.outputs()));
        var read = new TreeSet<>(outputs);
        operators.subList(cut, operators.size()).forEach(operator -> read.addAll(operator.activations()));
        made.retainAll(read);
        return List.copyOf(made);
    }

    /**
     * This network without the steps at its ends that only turn floats into int8 and back, so that it takes and gives int8;
     * this network itself when there is nothing like that to leave out. Images that it would take or give as NCHW are NHWC
     * then, as in networks that were integers from the start.
     */
    public Graph integerCore() {
        if (inputs.size() != 1 || outputs.size() != 1) {
            return this;
        }
        int from = 0;
        while (from < operators.size() - 1
                && CONVERSIONS.contains(operators.get(from).builtin())
                && isFloat(operators.get(from).activations().getFirst())) {
            from++;
        }
        int to = operators.size();
        while (to > from + 1
                && CONVERSIONS.contains(operators.get(to - 1).builtin())
                && isFloat(operators.get(to - 1).outputs().getFirst())) {
            to--;
        }
        return core(from, to);
    }

    private boolean permutes(int operator, List<Integer> permutation) {
        return operators.get(operator) instanceof Operator.OnArrays step
                && step.permutation().equals(permutation);
    }

    /** Without the layouts of images at the ends of the stretch, if that leaves one input and one output. */
    private Graph core(int from, int to) {
        int innerFrom = from > 0 && permutes(from, TO_NHWC) ? from + 1 : from;
        int innerTo = to < operators.size() && permutes(to - 1, TO_NCHW) ? to - 1 : to;
        return single(innerFrom, innerTo).or(() -> single(from, to)).orElse(this);
    }

    /** The stretch, when something is left out of it and it has one input and one output. */
    private Optional<Graph> single(int from, int to) {
        if (from >= to || to - from == operators.size()) {
            return Optional.empty();
        }
        return Optional.of(segment(from, to))
                .filter(core -> core.inputs.size() == 1 && core.outputs.size() == 1)
                .map(core -> core.named(name));
    }

    /**
     * This graph without the data of constants that none of its operators reads, and with the others in memory of their own, so that
     * it keeps nothing else of a file alive.
     *
     * @param other its name
     */
    public Graph alone(String other) {
        var read = new TreeSet<Integer>();
        for (var operator : operators) {
            read.addAll(operator.activations());
            read.addAll(operator.constants());
        }
        var own = IntStream.range(0, tensors.size())
                .mapToObj(id -> tensors.get(id).alone(read.contains(id)))
                .toList();
        return new Graph(other, own, operators, inputs, outputs, plan, arithmetic);
    }

    private boolean isFloat(int tensor) {
        return tensors.get(tensor).type() == TensorType.FLOAT32;
    }

    private Graph named(String other) {
        return new Graph(other, tensors, operators, inputs, outputs, plan, arithmetic);
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

    /** The arithmetic of the format that the graph was read from; any other may be used as well. */
    public Arithmetic arithmetic() {
        return arithmetic;
    }

    /** Where each computed tensor lives. */
    public ArenaPlan plan() {
        return plan;
    }
}
