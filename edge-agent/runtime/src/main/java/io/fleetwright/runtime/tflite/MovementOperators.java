package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.array.ArrayStep;
import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.Movement;
import io.fleetwright.runtime.array.Rearrange;
import io.fleetwright.runtime.array.Transpose;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.OptionalInt;

/** Reads the operators that put elements elsewhere and compute nothing. */
final class MovementOperators {
    private MovementOperators() {}

    /** The new shape is in the output tensor; a second input that repeats it must agree. */
    static Operator reshape(OperatorReader node) throws ModelException {
        Tensor result = node.tensor("output", node.output());
        OptionalInt shapeId = node.optionalInput(1);
        if (shapeId.isPresent()) {
            Tensor shape = node.tensor("shape", shapeId.getAsInt());
            if (shape.type() != TensorType.INT32 || !shape.isConstant()) {
                throw node.unsupported("shape %s, constant INT32 supported".formatted(shape));
            }
            if (shape.elements() > Limits.RANK_MAX || !agrees(shape.constantInts(), result)) {
                throw node.malformed("shape input %s disagrees with output %s".formatted(shape, result));
            }
        }
        return new Operator.Reshape(node.version(), node.input(0), node.output());
    }

    private static boolean agrees(int[] shape, Tensor result) {
        if (shape.length != result.rank()) {
            return false;
        }
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] != -1 && shape[i] != result.dimension(i)) {
                return false;
            }
        }
        return true;
    }

    static Operator transpose(OperatorReader node) throws ModelException {
        var from = input(node, 0);
        var order = Arrays.stream(node.constant("permutation", 1, Limits.RANK_MAX))
                .boxed()
                .toList();
        spend(node, from);
        return moved(node, new Transpose(order), 0);
    }

    /** Around the input stands its zero point, which means 0, or the value of a third input. */
    static Operator pad(OperatorReader node) throws ModelException {
        var from = input(node, 0);
        int[] paddings = node.constant("paddings", 1, 2 * Limits.RANK_MAX);
        if (paddings.length != 2 * from.rank()) {
            throw node.malformed("%d paddings of %s, two per dimension allowed".formatted(paddings.length, from));
        }
        int[][] positions = new int[from.rank()][];
        for (int d = 0; d < positions.length; d++) {
            int before = paddings[2 * d];
            int after = paddings[2 * d + 1];
            if (before < 0 || after < 0) {
                throw node.malformed(
                        "paddings %d and %d along dimension %d, 0 or more allowed".formatted(before, after, d));
            }
            positions[d] = positions(node, (long) before + from.dimension(d) + after);
            Arrays.setAll(positions[d], i -> i - before);
        }
        byte[] fill = fill(node);
        return moved(node, node.checked(() -> Rearrange.pick("Pad", from, positions, fill)), 0);
    }

    /** Bytes of one element of padding. */
    private static byte[] fill(OperatorReader node) throws ModelException {
        Tensor input = node.tensor("input", node.input(0));
        if (node.inputs() == 2) {
            byte[] zero = new byte[Math.max(1, input.type().bits() / Byte.SIZE)];
            if (input.type() == TensorType.INT8 && input.scaleCount() == 1) {
                zero[0] = (byte) input.zeroPoint(0);
            }
            return zero;
        }
        Tensor value = node.tensor("value", node.input(2));
        if (!value.isConstant()) {
            throw node.unsupported("value %s, constant supported".formatted(value));
        }
        if (value.type() != input.type() || value.elements() != 1 || !value.sameQuantization(input)) {
            throw node.malformed("value %s, one element quantized as input %s allowed".formatted(value, input));
        }
        return value.constantBytes();
    }

    // What they have in common.

    /** The type of an input, which may be a constant. */
    private static ArrayType input(OperatorReader node, int position) throws ModelException {
        Tensor tensor = node.tensor("input", node.input(position));
        int[] shape = tensor.shape().stream().mapToInt(Integer::intValue).toArray();
        return node.checked(() -> ArrayType.of(tensor.type(), shape));
    }

    /** A place for each position along a dimension of the output. */
    private static int[] positions(OperatorReader node, long extent) throws ModelException {
        if (extent > Rearrange.EXTENT_MAX) {
            throw node.unsupported("dimension of %d, at most %d supported".formatted(extent, Rearrange.EXTENT_MAX));
        }
        node.spendPositions(extent);
        return new int[(int) extent];
    }

    private static void spend(OperatorReader node, ArrayType moved) throws ModelException {
        for (int extent : moved.dimensions()) {
            node.spendPositions(extent);
        }
    }

    /** A step that reads the inputs at these positions and writes all outputs. */
    private static Movement moved(OperatorReader node, ArrayFunction function, int... positions) throws ModelException {
        var inputs = new ArrayList<OptionalInt>();
        var activations = new ArrayList<Integer>();
        for (int position : positions) {
            int id = node.input(position);
            inputs.add(OptionalInt.of(id));
            if (!node.tensor("input", id).isConstant()) {
                activations.add(id);
            }
        }
        var results = new ArrayList<OptionalInt>();
        for (int i = 0; i < node.outputs(); i++) {
            node.tensor("output", node.output(i));
            results.add(OptionalInt.of(node.output(i)));
        }
        return new Movement(node.builtin(), new ArrayStep(function, node.version(), inputs, results, activations, 0));
    }
}
