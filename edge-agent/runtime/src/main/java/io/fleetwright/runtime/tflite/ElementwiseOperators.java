package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import java.util.TreeSet;

/** Reads the operators that compute element by element, or along whole dimensions. */
final class ElementwiseOperators {
    private ElementwiseOperators() {}

    static Operator add(OperatorReader node) throws ModelException {
        return new Operator.Add(
                node.version(), node.input(0), node.input(1), node.output(), node.activation(node.options(), 0));
    }

    static Operator softmax(OperatorReader node) throws ModelException {
        return new Operator.Softmax(
                node.version(), node.input(0), node.output(), node.options().float32(0));
    }

    static Operator mean(OperatorReader node) throws ModelException {
        Tensor input = node.tensor("input", node.input(0));
        var axes = new TreeSet<Integer>();
        for (int axis : node.constant("axes", 1, Limits.RANK_MAX)) {
            axes.add(node.axis(axis, input.rank()));
        }
        boolean keepsDimensions = node.flag(node.options(), 0);
        return new Operator.Mean(
                node.version(), node.input(0), node.output(), axes.stream().toList(), keepsDimensions);
    }
}
