package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.array.AffineDequantize;
import io.fleetwright.runtime.array.AffineQuantize;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Int8Function;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import java.util.List;
import java.util.TreeSet;

/** Reads the operators that compute element by element, or along whole dimensions. */
final class ElementwiseOperators {
    private ElementwiseOperators() {}

    static Operator add(OperatorReader node) throws ModelException {
        generalScales(node);
        return new Operator.Add(node.version(), node.input(0), node.input(1), node.output(), clamp(node));
    }

    static Operator sub(OperatorReader node) throws ModelException {
        generalScales(node);
        return new Operator.Sub(node.version(), node.input(0), node.input(1), node.output(), clamp(node));
    }

    /**
     * TFLite adds int16 values by shifts alone where all scales are powers of two, unless an option forbids that: other
     * arithmetic, and other results.
     */
    private static void generalScales(OperatorReader node) throws ModelException {
        var options = node.options();
        if (options.isPresent(1) && !node.flag(options, 1)) {
            return;
        }
        boolean shifts = true;
        for (Tensor tensor : List.of(
                node.tensor("input", node.input(0)),
                node.tensor("input", node.input(1)),
                node.tensor("output", node.output()))) {
            shifts &= tensor.type() == TensorType.INT16 && tensor.scaleCount() == 1 && isPowerOfTwo(tensor.scale(0));
        }
        if (shifts) {
            throw node.unsupported("INT16 with scales that are powers of two, supported with pot_scale_int16 false");
        }
    }

    private static boolean isPowerOfTwo(float scale) {
        return scale == Math.scalb(1f, Math.getExponent(scale));
    }

    static Operator mul(OperatorReader node) throws ModelException {
        return new Operator.Mul(node.version(), node.input(0), node.input(1), node.output(), clamp(node));
    }

    private static Activation clamp(OperatorReader node) throws ModelException {
        return node.activation(node.options(), 0);
    }

    static Operator function(OperatorReader node, Int8Function function) {
        return new Operator.Elementwise(node.version(), function, node.input(0), node.output());
    }

    static Operator leakyRelu(OperatorReader node) throws ModelException {
        return function(node, new Int8Function.LeakyRelu(node.options().float32(0)));
    }

    /** From float32, or from another scale. */
    static Operator quantize(OperatorReader node) throws ModelException {
        Tensor input = node.tensor("input", node.input(0));
        return input.type() == TensorType.FLOAT32
                ? new AffineQuantize(node.version(), node.input(0), node.output())
                : function(node, new Int8Function.Rescale());
    }

    static Operator dequantize(OperatorReader node) {
        return new AffineDequantize(node.version(), node.input(0), node.output());
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
