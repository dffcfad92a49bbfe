package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.Concat;
import io.fleetwright.runtime.array.Gather;
import io.fleetwright.runtime.array.GatherElements;
import io.fleetwright.runtime.array.Rearrange;
import io.fleetwright.runtime.array.Reshape;
import io.fleetwright.runtime.array.Split;
import io.fleetwright.runtime.array.Transpose;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.onnx.OperatorTable.Reading;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operators that move elements, or tell of shapes. */
final class ShapeNodes {
    /** Extents of a constant that a small file may ask for. */
    private static final int FILLED_ELEMENTS_MAX = 1 << 16;

    private ShapeNodes() {}

    static void addTo(Map<String, Reading> table) {
        table.put("Constant", ShapeNodes::constant);
        table.put("ConstantOfShape", ShapeNodes::constantOfShape);
        table.put("Shape", ShapeNodes::shape);
        table.put("Reshape", ShapeNodes::reshape);
        table.put("Flatten", ShapeNodes::flatten);
        table.put("Squeeze", ShapeNodes::squeeze);
        table.put("Unsqueeze", ShapeNodes::unsqueeze);
        table.put("Transpose", ShapeNodes::transpose);
        table.put("Expand", ShapeNodes::expand);
        table.put("Concat", ShapeNodes::concat);
        table.put("Split", ShapeNodes::split);
        table.put("Slice", ShapeNodes::slice);
        table.put("Pad", ShapeNodes::pad);
        table.put("Resize", ResizeNode::read);
        table.put("Gather", node -> {
            node.requireInputs(2, 2);
            node.becomes(new Gather(
                    node.axis(node.integer("axis", 0), node.input(0).type().rank())));
        });
        table.put("GatherElements", node -> {
            node.requireInputs(2, 2);
            node.becomes(new GatherElements(
                    node.axis(node.integer("axis", 0), node.input(0).type().rank())));
        });
    }

    private static void constant(NodeReader node) throws ModelException {
        node.requireInputs(0, 0);
        var tensor = node.tensor("value").orElse(null);
        if (tensor != null) {
            node.becomes(tensor.type(), tensor.data());
        } else if (node.hasAttribute("value_int")) {
            node.becomes(node.type(TensorType.INT64), longs(node.integer("value_int", 0)));
        } else if (node.hasAttribute("value_ints")) {
            long[] values = node.integers("value_ints").orElseThrow();
            node.becomes(node.type(TensorType.INT64, values.length), longs(values));
        } else if (node.hasAttribute("value_float")) {
            node.becomes(node.type(TensorType.FLOAT32), floats(node.real("value_float", 0)));
        } else if (node.hasAttribute("value_floats")) {
            float[] values = node.reals("value_floats").orElseThrow();
            node.becomes(node.type(TensorType.FLOAT32, values.length), floats(values));
        } else {
            throw node.unsupported("no value, value_int, value_ints, value_float or value_floats");
        }
    }

    private static ByteBuffer longs(long... values) {
        var data = ByteBuffer.allocate(Math.multiplyExact(values.length, Long.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(values);
        return data;
    }

    private static ByteBuffer floats(float... values) {
        var data = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return data;
    }

    private static void constantOfShape(NodeReader node) throws ModelException {
        node.requireInputs(1, 1);
        long[] shape = node.constantLongs(0, "shape");
        var tensor = node.tensor("value").orElse(null);
        var elementType = tensor == null ? TensorType.FLOAT32 : tensor.type().type();
        var type = node.type(elementType, shape);
        if (type.elements() > FILLED_ELEMENTS_MAX || elementType.bits() < Byte.SIZE) {
            throw node.unsupported(
                    "constant %s, at most %d elements of whole bytes supported".formatted(type, FILLED_ELEMENTS_MAX));
        }
        if (tensor != null && tensor.type().elements() != 1) {
            throw node.malformed("value %s, one element allowed".formatted(tensor.type()));
        }
        byte[] one = new byte[elementType.bits() / Byte.SIZE];
        if (tensor != null) {
            tensor.data().duplicate().get(one);
        }
        var data = ByteBuffer.allocate(type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            data.put(one);
        }
        node.becomes(type, data.flip());
    }

    private static void shape(NodeReader node) throws ModelException {
        node.requireInputs(1, 1);
        var dimensions = node.input(0).type().dimensions();
        int rank = dimensions.size();
        int start = bound(node.integer("start", 0), rank);
        int end = Math.max(bound(node.integer("end", rank), rank), start);
        long[] part = dimensions.subList(start, end).stream()
                .mapToLong(Integer::longValue)
                .toArray();
        node.becomes(node.type(TensorType.INT64, part.length), longs(part));
    }

    /** A position, counted from the end when negative, moved into {@code 0 .. extent}. */
    private static int bound(long position, int extent) {
        return (int) Math.clamp(position < 0 ? position + extent : position, 0L, (long) extent);
    }

    private static void reshape(NodeReader node) throws ModelException {
        node.requireInputs(2, 2);
        var from = node.input(0).type();
        long[] wanted = node.constantLongs(1, "shape");
        boolean zeroIsZero = node.flag("allowzero", false);
        int free = -1;
        long product = 1;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i] == 0 && !zeroIsZero) {
                if (i >= from.rank()) {
                    throw node.malformed("shape %s of %s".formatted(Arrays.toString(wanted), from));
                }
                wanted[i] = from.dimension(i);
            }
            if (wanted[i] == -1 && free < 0) {
                free = i;
                continue;
            }
            if (wanted[i] < 0 || wanted[i] > Limits.ELEMENTS_MAX) {
                throw node.malformed("shape %s".formatted(Arrays.toString(wanted)));
            }
            product = Math.min(product * wanted[i], Long.MAX_VALUE >> 32);
        }
        if (free >= 0) {
            if (product == 0 || from.elements() % product != 0) {
                throw node.malformed("shape %s of %s".formatted(Arrays.toString(wanted), from));
            }
            wanted[free] = from.elements() / product;
        }
        reshaped(node, node.type(from.type(), wanted));
    }

    private static void reshaped(NodeReader node, ArrayType to) throws ModelException {
        node.becomes(new Reshape(node.operator(), to), Collections.singletonList(node.input(0)));
    }

    private static void flatten(NodeReader node) throws ModelException {
        node.requireInputs(1, 1);
        var from = node.input(0).type();
        long axis = node.integer("axis", 1);
        if (axis < -from.rank() || axis > from.rank()) {
            throw node.malformed("axis %d of %s".formatted(axis, from));
        }
        int at = bound(axis, from.rank());
        reshaped(node, node.type(from.type(), from.product(0, at), from.product(at, from.rank())));
    }

    private static void squeeze(NodeReader node) throws ModelException {
        node.requireInputs(1, 2);
        var from = node.input(0).type();
        var axes = node.longsOf("axes", 1).orElse(null);
        var dropped = new ArrayList<Integer>();
        for (long axis : axes == null ? new long[0] : axes) {
            dropped.add(node.axis(axis, from.rank()));
        }
        var shape = new ArrayList<Long>();
        for (int d = 0; d < from.rank(); d++) {
            boolean drop = axes == null ? from.dimension(d) == 1 : dropped.contains(d);
            if (!drop) {
                shape.add((long) from.dimension(d));
            } else if (from.dimension(d) != 1) {
                throw node.malformed("dimension %d of %s is not 1".formatted(d, from));
            }
        }
        reshaped(
                node,
                node.type(from.type(), shape.stream().mapToLong(Long::longValue).toArray()));
    }

    private static void unsqueeze(NodeReader node) throws ModelException {
        node.requireInputs(1, 2);
        var from = node.input(0).type();
        long[] axes = node.longsOf("axes", 1).orElseThrow(() -> node.malformed("no axes"));
        int rank = from.rank() + axes.length;
        boolean[] added = new boolean[Math.min(rank, 2 * Limits.RANK_MAX)];
        for (long axis : axes) {
            int at = node.axis(axis, added.length);
            if (added[at]) {
                throw node.malformed("axes %s".formatted(Arrays.toString(axes)));
            }
            added[at] = true;
        }
        long[] shape = new long[added.length];
        int next = 0;
        for (int d = 0; d < shape.length; d++) {
            shape[d] = added[d] || next == from.rank() ? 1 : from.dimension(next++);
        }
        reshaped(node, node.type(from.type(), shape));
    }

    private static void transpose(NodeReader node) throws ModelException {
        node.requireInputs(1, 1);
        int rank = node.input(0).type().rank();
        long[] given = node.integers("perm").orElse(null);
        var permutation = new ArrayList<Integer>();
        for (int d = 0; d < (given == null ? rank : given.length); d++) {
            permutation.add(given == null ? rank - 1 - d : node.axis(given[d], rank));
        }
        node.becomes(new Transpose(permutation));
    }

    private static void expand(NodeReader node) throws ModelException {
        node.requireInputs(2, 2);
        var from = node.input(0).type();
        long[] wanted = node.constantLongs(1, "shape");
        int rank = Math.max(from.rank(), wanted.length);
        if (rank > Limits.RANK_MAX) {
            throw node.unsupported("shape of %d dimensions".formatted(rank));
        }
        long[] shape = new long[rank];
        for (int d = 0; d < rank; d++) {
            int own = d - (rank - from.rank());
            int other = d - (rank - wanted.length);
            long extent = own < 0 ? 1 : from.dimension(own);
            long target = other < 0 ? 1 : wanted[other];
            if (extent != 1 && target != 1 && extent != target) {
                throw node.malformed("%s to %s".formatted(from, Arrays.toString(wanted)));
            }
            shape[d] = extent == 1 ? target : extent;
        }
        var to = node.type(from.type(), shape);
        node.becomes(node.checked(() -> Rearrange.expand(from, to)), Collections.singletonList(node.input(0)));
    }

    private static void concat(NodeReader node) throws ModelException {
        node.requireInputs(1, 1000);
        for (int i = 0; i < node.inputCount(); i++) {
            node.input(i);
        }
        node.becomes(new Concat(
                node.axis(node.integer("axis", 0), node.input(0).type().rank())));
    }

    /** Extents were an attribute before version 13; since 18 a number of parts may stand for them. */
    private static void split(NodeReader node) throws ModelException {
        node.requireInputs(1, 2);
        var from = node.input(0).type();
        int axis = node.axis(node.integer("axis", 0), from.rank());
        int parts = node.integer("num_outputs", node.outputCount(), 1, Limits.GRAPH_PORTS_MAX);
        var given = node.longsOf("split", 1).orElse(null);
        var extents = new ArrayList<Integer>();
        if (given != null) {
            for (long extent : given) {
                extents.add((int) Math.clamp(extent, -1L, (long) Integer.MAX_VALUE));
            }
        } else {
            int extent = from.dimension(axis);
            int each = Math.ceilDiv(extent, parts);
            for (int i = 0; i < parts; i++) {
                extents.add(Math.clamp(extent - (long) i * each, 0, each));
            }
        }
        node.becomes(new Split(axis, extents), Collections.singletonList(node.input(0)));
    }

    private static void slice(NodeReader node) throws ModelException {
        node.requireInputs(1, 5);
        var from = node.input(0).type();
        long[] starts = node.longsOf("starts", 1).orElseThrow(() -> node.malformed("no starts"));
        long[] ends = node.longsOf("ends", 2).orElseThrow(() -> node.malformed("no ends"));
        long[] axes = node.longsOf("axes", 3).orElse(null);
        long[] steps = node.hasInput(4) ? node.constantLongs(4, "steps") : null;
        int count = starts.length;
        if (ends.length != count
                || (axes != null && axes.length != count)
                || (steps != null && steps.length != count)) {
            throw node.malformed("%d starts, %d ends".formatted(count, ends.length));
        }
        int[][] positions = whole(node, from);
        for (int i = 0; i < count; i++) {
            int d = node.axis(axes == null ? i : axes[i], from.rank());
            long step = steps == null ? 1 : Math.clamp(steps[i], -Limits.ELEMENTS_MAX, Limits.ELEMENTS_MAX);
            if (step == 0) {
                throw node.malformed("step 0");
            }
            positions[d] = picked(starts[i], ends[i], step, from.dimension(d));
        }
        picked(node, positions, null);
    }

    private static int[][] whole(NodeReader node, ArrayType type) throws ModelException {
        int[][] positions = new int[type.rank()][];
        for (int d = 0; d < positions.length; d++) {
            if (type.dimension(d) > Rearrange.EXTENT_MAX) {
                throw node.unsupported(
                        "dimension %d of %s, at most %d supported".formatted(d, type, Rearrange.EXTENT_MAX));
            }
            positions[d] = new int[type.dimension(d)];
            Arrays.setAll(positions[d], i -> i);
        }
        return positions;
    }

    /** Going backwards, a start before the first element is moved to it, while an end may lie before it. */
    private static int[] picked(long start, long end, long step, int extent) {
        if (extent == 0) {
            return new int[0];
        }
        long from = start < 0 ? Math.max(start, -Limits.ELEMENTS_MAX - 1L) + extent : start;
        long to = end < 0 ? Math.max(end, -Limits.ELEMENTS_MAX - 1L) + extent : end;
        from = step > 0 ? Math.clamp(from, 0L, (long) extent) : Math.clamp(from, 0L, extent - 1L);
        to = step > 0 ? Math.clamp(to, 0L, (long) extent) : Math.clamp(to, -1L, extent - 1L);
        long count = Math.max(0, step > 0 ? Math.ceilDiv(to - from, step) : Math.ceilDiv(from - to, -step));
        int[] positions = new int[(int) count];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = (int) (from + i * step);
        }
        return positions;
    }

    private static void picked(NodeReader node, int[][] positions, byte @Nullable [] fill) throws ModelException {
        var from = node.input(0).type();
        var function = node.checked(() -> Rearrange.pick(node.operator(), from, positions, fill));
        node.becomes(function, Collections.singletonList(node.input(0)));
    }

    /** Pads were an attribute before version 11. */
    private static void pad(NodeReader node) throws ModelException {
        node.requireInputs(1, 4);
        var from = node.input(0).type();
        String mode = node.text("mode", "constant");
        long[] pads = node.longsOf("pads", 1).orElseThrow(() -> node.malformed("no pads"));
        long[] axes = node.hasInput(3) ? node.constantLongs(3, "axes") : null;
        int count = axes == null ? from.rank() : axes.length;
        if (pads.length != 2 * count) {
            throw node.malformed("%d pads for %d dimensions".formatted(pads.length, count));
        }
        byte[] fill = fill(node, from);
        int[][] positions = whole(node, from);
        for (int i = 0; i < count; i++) {
            int d = node.axis(axes == null ? i : axes[i], from.rank());
            int extent = from.dimension(d);
            long after = pads[count + i];
            long total = (long) extent
                    + Math.clamp(pads[i], -(long) Limits.ELEMENTS_MAX, (long) Limits.ELEMENTS_MAX)
                    + Math.clamp(after, -(long) Limits.ELEMENTS_MAX, (long) Limits.ELEMENTS_MAX);
            if (total < 0 || total > Limits.WINDOW_MAX + (long) extent) {
                throw node.unsupported("pads %s of %s".formatted(Arrays.toString(pads), from));
            }
            positions[d] = new int[(int) total];
            for (int o = 0; o < total; o++) {
                positions[d][o] = padded(node, mode, o - (int) pads[i], extent);
            }
        }
        picked(node, positions, fill);
    }

    private static int padded(NodeReader node, String mode, int position, int extent) throws ModelException {
        if (position >= 0 && position < extent) {
            return position;
        }
        if (!mode.equals("constant") && extent == 0) {
            throw node.malformed("pads an empty dimension by mode '%s'".formatted(ProtoReader.shown(mode)));
        }
        return switch (mode) {
            case "constant" -> -1;
            case "edge" -> Math.clamp(position, 0, extent - 1);
            case "wrap" -> Math.floorMod(position, extent);
            case "reflect" -> {
                int period = Math.max(2 * (extent - 1), 1);
                int folded = Math.floorMod(position, period);
                yield folded < extent ? folded : period - folded;
            }
            default ->
                throw node.unsupported(
                        "mode '%s', constant, edge, reflect and wrap supported".formatted(ProtoReader.shown(mode)));
        };
    }

    private static byte[] fill(NodeReader node, ArrayType from) throws ModelException {
        byte[] fill = new byte[Math.max(1, from.type().bits() / Byte.SIZE)];
        if (node.hasInput(2)) {
            var value = node.constantInput(2, "constant_value");
            if (value.type().type() != from.type() || value.type().elements() != 1) {
                throw node.malformed("constant_value %s for %s".formatted(value.type(), from));
            }
            value.constant().get(fill);
        } else if (node.hasAttribute("value")) {
            float value = node.real("value", 0);
            if (from.type() != TensorType.FLOAT32) {
                throw node.unsupported("value for %s, FLOAT32 supported".formatted(from));
            }
            ByteBuffer.wrap(fill).order(ByteOrder.LITTLE_ENDIAN).putFloat(value);
        }
        return fill;
    }
}
