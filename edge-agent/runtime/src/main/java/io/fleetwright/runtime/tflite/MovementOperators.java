package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.array.ArrayStep;
import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.Concat;
import io.fleetwright.runtime.array.Movement;
import io.fleetwright.runtime.array.Rearrange;
import io.fleetwright.runtime.array.Reshape;
import io.fleetwright.runtime.array.Split;
import io.fleetwright.runtime.array.Stack;
import io.fleetwright.runtime.array.Transpose;
import io.fleetwright.runtime.array.Unstack;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.OptionalInt;
import java.util.stream.IntStream;

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

    /** One after the other; TFLite allows int8 inputs no scale of their own. */
    static Operator concatenation(OperatorReader node) throws ModelException {
        var options = node.options();
        if (node.activation(options, 1) != Activation.NONE) {
            throw node.unsupported("fused activation %d, 0 (NONE) supported".formatted(options.int8(1)));
        }
        int axis = node.axis(options.int32(0, 0), input(node, 0).rank());
        return moved(node, new Concat(axis), every(node));
    }

    static Operator pack(OperatorReader node) throws ModelException {
        var options = node.options();
        if (options.int32(0, 0) != node.inputs()) {
            throw node.malformed("%d values, %d inputs".formatted(options.int32(0, 0), node.inputs()));
        }
        int axis = node.axis(options.int32(1, 0), input(node, 0).rank() + 1);
        return moved(node, new Stack(axis), every(node));
    }

    static Operator unpack(OperatorReader node) throws ModelException {
        var options = node.options();
        var from = input(node, 0);
        int axis = node.axis(options.int32(1, 0), from.rank());
        if (options.int32(0, 0) != node.outputs() || from.dimension(axis) != node.outputs()) {
            throw node.malformed("%d values of %s along dimension %d, %d outputs"
                    .formatted(options.int32(0, 0), from, axis, node.outputs()));
        }
        return moved(node, new Unstack(axis), 0);
    }

    /** Into equal parts; the axis is the first input. */
    static Operator split(OperatorReader node) throws ModelException {
        int parts = node.options().int32(0, 0);
        var from = input(node, 1);
        int axis = node.axis(single(node, "axis", 0), from.rank());
        if (parts < 1 || parts != node.outputs() || from.dimension(axis) % parts != 0) {
            throw node.malformed(
                    "%d parts of %s along dimension %d, %d outputs".formatted(parts, from, axis, node.outputs()));
        }
        return moved(node, new Split(axis, Collections.nCopies(parts, from.dimension(axis) / parts)), 1);
    }

    static Operator slice(OperatorReader node) throws ModelException {
        var from = input(node, 0);
        int[] begin = perDimension(node, "begin", 1, from);
        int[] size = perDimension(node, "size", 2, from);
        int[][] positions = new int[from.rank()][];
        for (int d = 0; d < positions.length; d++) {
            int first = begin[d];
            int extent = from.dimension(d);
            // -1 is everything that is left.
            long count = size[d] == -1 ? (long) extent - first : size[d];
            if (first < 0 || count < 1 || first + count > extent) {
                throw node.malformed(
                        "from %d, %d elements along dimension %d of %s".formatted(first, size[d], d, from));
            }
            positions[d] = positions(node, count);
            Arrays.setAll(positions[d], i -> first + i);
        }
        return moved(node, node.checked(() -> Rearrange.pick("Slice", from, positions, null)), 0);
    }

    private static int[] perDimension(OperatorReader node, String what, int position, ArrayType from)
            throws ModelException {
        int[] values = node.constant(what, position, Limits.RANK_MAX);
        if (values.length != from.rank()) {
            throw node.malformed("%d of %s for %s, one per dimension allowed".formatted(values.length, what, from));
        }
        return values;
    }

    /** From, to and step along each dimension; bits of masks stand for dimensions. */
    static Operator stridedSlice(OperatorReader node) throws ModelException {
        var options = node.options();
        var from = input(node, 0);
        int[] begin = perDimension(node, "begin", 1, from);
        int[] end = perDimension(node, "end", 2, from);
        int[] strides = perDimension(node, "strides", 3, from);
        if (options.int32(2, 0) != 0 || options.int32(3, 0) != 0 || node.flag(options, 5)) {
            throw node.unsupported("ellipsis, new axis or offsets in place of ends");
        }
        int beginMask = options.int32(0, 0);
        int endMask = options.int32(1, 0);
        int shrinkMask = options.int32(4, 0);
        int[][] positions = new int[from.rank()][];
        for (int d = 0; d < positions.length; d++) {
            boolean one = isSet(shrinkMask, d);
            long stride = strides[d];
            if (stride == 0 || (one && stride < 0)) {
                throw node.malformed("stride %d along dimension %d".formatted(stride, d));
            }
            long extent = from.dimension(d);
            boolean forward = stride > 0;
            // Backward, a slice ends before position 0.
            long least = forward ? 0 : -1;
            long most = forward ? extent : extent - 1;
            long first = isSet(beginMask, d) && !one
                    ? (forward ? least : most)
                    : Math.clamp(fromEnd(begin[d], extent), least, most);
            long last = isSet(endMask, d) ? (forward ? most : least) : Math.clamp(fromEnd(end[d], extent), least, most);
            if (one && fromEnd(begin[d], extent) != Math.clamp(fromEnd(begin[d], extent), 0, extent - 1)) {
                throw node.malformed("position %d along dimension %d of %s".formatted(begin[d], d, from));
            }
            long count = one ? 1 : Math.ceilDiv(last - first, stride);
            if (count < 1) {
                throw node.unsupported("nothing along dimension %d of %s: from %d to %d by %d"
                        .formatted(d, from, begin[d], end[d], stride));
            }
            positions[d] = positions(node, count);
            for (int i = 0; i < positions[d].length; i++) {
                positions[d][i] = (int) (first + i * stride);
            }
        }
        int[] shape = IntStream.range(0, positions.length)
                .filter(d -> !isSet(shrinkMask, d))
                .map(d -> positions[d].length)
                .toArray();
        return moved(
                node,
                node.checked(() ->
                        Rearrange.pick("StridedSlice", from, positions, null).as(shape)),
                0);
    }

    private static boolean isSet(int mask, int dimension) {
        return (mask >> dimension & 1) != 0;
    }

    private static long fromEnd(int position, long extent) {
        return position < 0 ? position + extent : position;
    }

    /** Each output position shows one of the input; positions and scales are float32, as in the reference. */
    static Operator resizeNearestNeighbor(OperatorReader node) throws ModelException {
        var options = node.options();
        boolean alignsCorners = node.flag(options, 0);
        boolean halfPixelCenters = node.flag(options, 1);
        node.image("input", node.input(0));
        int[] size = size(node);
        var from = input(node, 0);
        int[][] positions = new int[4][];
        for (int d = 0; d < positions.length; d++) {
            int in = from.dimension(d);
            int out = d == 1 || d == 2 ? size[d - 1] : in;
            positions[d] = positions(node, out);
            if (out == in && (d == 0 || d == 3)) {
                Arrays.setAll(positions[d], i -> i);
                continue;
            }
            float scale = alignsCorners && out > 1 ? (in - 1) / (float) (out - 1) : in / (float) out;
            float offset = halfPixelCenters ? 0.5f : 0;
            Arrays.setAll(positions[d], i -> {
                float source = (i + offset) * scale;
                double position = alignsCorners ? Math.floor((double) source + 0.5) : Math.floor(source);
                return (int) Math.clamp(position, 0, in - 1);
            });
        }
        return moved(node, node.checked(() -> Rearrange.pick("ResizeNearestNeighbor", from, positions, null)), 0);
    }

    /** Height and width to resize to. */
    static int[] size(OperatorReader node) throws ModelException {
        int[] size = node.constant("size", 1, 2);
        if (size.length != 2 || size[0] < 1 || size[1] < 1) {
            throw node.malformed("size %s, height and width of 1 or more allowed".formatted(Arrays.toString(size)));
        }
        return size;
    }

    /** Dimensions of 1 are left out: those named, or all of them. */
    static Operator squeeze(OperatorReader node) throws ModelException {
        var from = input(node, 0);
        int[] named = node.integers(node.options(), 0, Limits.RANK_MAX);
        boolean[] leftOut = new boolean[from.rank()];
        for (int axis : named) {
            int d = node.axis(axis, from.rank());
            if (from.dimension(d) != 1) {
                throw node.malformed("dimension %d of %s is left out, extent 1 allowed".formatted(d, from));
            }
            leftOut[d] = true;
        }
        int[] shape = IntStream.range(0, from.rank())
                .filter(d -> named.length == 0 ? from.dimension(d) != 1 : !leftOut[d])
                .map(from::dimension)
                .toArray();
        return reshaped(node, from, shape);
    }

    static Operator expandDims(OperatorReader node) throws ModelException {
        var from = input(node, 0);
        int axis = single(node, "axis", 1);
        return reshaped(node, from, node.checked(() -> from.inserted(axis, 1)).shape());
    }

    private static Operator reshaped(OperatorReader node, ArrayType from, int[] shape) throws ModelException {
        var to = node.checked(() -> ArrayType.of(from.type(), shape));
        return moved(node, new Reshape("Reshape", to), 0);
    }

    // What they have in common.

    private static int single(OperatorReader node, String what, int position) throws ModelException {
        int[] values = node.constant(what, position, 1);
        if (values.length != 1) {
            throw node.malformed("%d values of %s, one allowed".formatted(values.length, what));
        }
        return values[0];
    }

    private static int[] every(OperatorReader node) {
        return IntStream.range(0, node.inputs()).toArray();
    }

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
        return new Movement(
                node.builtin(), new ArrayStep(function, node.version(), inputs, results, activations, 0, 0));
    }
}
