package io.fleetwright.runtime.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Everything the kernels rely on, checked once, before any of them is made; the rules of each operator are {@link OperatorChecker}'s. */
final class GraphChecker {
    private final String file;
    private final List<Tensor> tensors;
    private final List<Operator> operators;
    private final List<Integer> inputs;
    private final List<Integer> outputs;
    private final boolean[] available;
    private final Set<Integer> states = new HashSet<>();
    private final OperatorChecker rules;
    private long work;
    private String where = "graph";

    GraphChecker(
            String file, List<Tensor> tensors, List<Operator> operators, List<Integer> inputs, List<Integer> outputs) {
        this.file = file;
        this.tensors = tensors;
        this.operators = operators;
        this.inputs = inputs;
        this.outputs = outputs;
        this.available = new boolean[tensors.size()];
        this.rules = new OperatorChecker(file, tensors);
    }

    void check() throws ModelException {
        atMost("tensors", tensors.size(), Limits.TENSORS_MAX);
        atMost("operators", operators.size(), Limits.OPERATORS_MAX);
        atMost("inputs", inputs.size(), Limits.GRAPH_PORTS_MAX);
        atMost("outputs", outputs.size(), Limits.GRAPH_PORTS_MAX);
        if (operators.isEmpty() || inputs.isEmpty() || outputs.isEmpty()) {
            throw malformed("%d operators, %d inputs, %d outputs; at least one of each allowed"
                    .formatted(operators.size(), inputs.size(), outputs.size()));
        }
        for (int tensor = 0; tensor < tensors.size(); tensor++) {
            where = "tensor %d".formatted(tensor);
            checkTensor(tensors.get(tensor));
        }
        where = "graph";
        for (int input : inputs) {
            runTimeValue("input", input, false);
            if (available[input]) {
                throw malformed("tensor %d is an input twice".formatted(input));
            }
            available[input] = true;
        }
        for (int index = 0; index < operators.size(); index++) {
            var operator = operators.get(index);
            where = Operator.where(index, operator.builtin(), operator.version());
            checkOrder(operator);
            rules.check(operator, where);
            work += Work.steps(tensors, operator);
            if (work > Limits.WORK_MAX) {
                throw unsupported(
                        "an inference takes %d steps up to here, at most %d allowed".formatted(work, Limits.WORK_MAX));
            }
            operator.outputs().forEach(written -> available[written] = true);
        }
        where = "graph";
        var seen = new HashSet<Integer>();
        for (int output : outputs) {
            runTimeValue("output", output, true);
            if (!seen.add(output)) {
                throw malformed("tensor %d is an output twice".formatted(output));
            }
        }
    }

    private void checkTensor(Tensor tensor) throws ModelException {
        atMost("dimensions", tensor.rank(), Limits.RANK_MAX);
        atMost("elements", tensor.elements(), Limits.ELEMENTS_MAX);
        for (int channel = 0; channel < tensor.scaleCount(); channel++) {
            float scale = tensor.scale(channel);
            if (!Float.isFinite(scale) || scale <= 0) {
                throw malformed("scale %d is %s, a finite number above 0 allowed".formatted(channel, scale));
            }
            int zeroPoint = tensor.zeroPoint(channel);
            boolean inRange = tensor.type() == TensorType.INT8 ? zeroPoint == (byte) zeroPoint : zeroPoint == 0;
            if (!inRange) {
                throw malformed("zero point %d is %d, outside %s".formatted(channel, zeroPoint, tensor.type()));
            }
        }
    }

    private void checkOrder(Operator operator) throws ModelException {
        for (int read : operator.activations()) {
            operand("input", read, true, operator);
        }
        if (operator instanceof Operator.UnidirectionalSequenceLstm lstm) {
            ownState("hidden state", lstm.hiddenState());
            ownState("cell state", lstm.cellState());
        }
        var written = new HashSet<Integer>();
        for (int output : operator.outputs()) {
            operand("output", output, false, operator);
            if (states.contains(output)) {
                throw unsupported("writes tensor %d, the state of an operator before it".formatted(output));
            }
            if (available[output] || !written.add(output)) {
                throw malformed("writes tensor %d, which has a value already".formatted(output));
            }
        }
    }

    /** A state begins at zero, and no other operator knows it. */
    private void ownState(String what, int id) throws ModelException {
        var state = tensor(what, id);
        if (state.isConstant() || available[id]) {
            throw unsupported("%s %s has a value, states that start at zero supported".formatted(what, state));
        }
        if (!states.add(id)) {
            throw unsupported(
                    "%s %s is that of another operator, states of their own supported".formatted(what, state));
        }
    }

    private void operand(String what, int id, boolean computed, Operator operator) throws ModelException {
        switch (operator) {
            case Operator.OnArrays _ -> runTimeValue(what, id, computed);
            case Operator.Pairwise _
            when computed && tensor(what, id).isConstant() -> quantized(what, tensor(what, id), operator);
            default -> quantized(what, runTimeValue(what, id, computed), operator);
        }
    }

    /** Refuses what is not int8, or int16 where that is defined, with one scale. */
    private void quantized(String what, Tensor tensor, Operator operator) throws ModelException {
        boolean wide = takesInt16(operator);
        if (tensor.type() != TensorType.INT8 && !(wide && tensor.type() == TensorType.INT16)) {
            throw unsupported("%s %s, %sINT8 supported".formatted(what, tensor, wide ? "INT16 and " : ""));
        }
        if (tensor.scaleCount() != 1) {
            throw unsupported("%s %s has %d scales, one supported".formatted(what, tensor, tensor.scaleCount()));
        }
    }

    private static boolean takesInt16(Operator operator) {
        return switch (operator) {
            case Operator.Conv2d _, Operator.DepthwiseConv2d _, Operator.FullyConnected _, Operator.Pairwise _ -> true;
            case Operator.AveragePool2d _, Operator.MaxPool2d _, Operator.Reshape _ -> true;
            case Operator.Elementwise elementwise ->
                switch (elementwise.function()) {
                    case Int8Function.Rescale _, Int8Function.LeakyRelu _ -> true;
                    case Int8Function.Clamp clamp -> clamp.activation() != Activation.RELU_N1_TO_1;
                    case Int8Function.Logistic _, Int8Function.Tanh _ -> true;
                    case Int8Function.HardSwish _ -> false;
                };
            case Operator.Softmax _, Operator.Mean _ -> true;
            case Operator.TransposeConv _, Operator.ResizeBilinear _ -> true;
            case Operator.UnidirectionalSequenceLstm _ -> false;
            case Operator.OnArrays _ -> true;
        };
    }

    private Tensor runTimeValue(String what, int id, boolean computed) throws ModelException {
        var tensor = tensor(what, id);
        if (tensor.isConstant()) {
            throw unsupported("%s %s is a constant, values computed at run time supported".formatted(what, tensor));
        }
        if (computed && !available[id]) {
            throw malformed("%s %s is read before anything wrote it".formatted(what, tensor));
        }
        return tensor;
    }

    private Tensor tensor(String what, int id) throws ModelException {
        if (id < 0 || id >= tensors.size()) {
            throw malformed("%s is tensor %d, 0 to %d allowed".formatted(what, id, tensors.size() - 1));
        }
        return tensors.get(id);
    }

    private void atMost(String what, int found, int limit) throws ModelException {
        if (found > limit) {
            throw unsupported("%d %s, at most %d allowed".formatted(found, what, limit));
        }
    }

    private MalformedModelException malformed(String problem) {
        return new MalformedModelException(file, where, problem);
    }

    private UnsupportedModelException unsupported(String problem) {
        return new UnsupportedModelException(file, where, problem);
    }
}
