package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArgExtreme;
import io.fleetwright.runtime.array.Reduction;
import io.fleetwright.runtime.array.SoftmaxFunction;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.onnx.OperatorTable.Reading;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that combine the elements along dimensions. */
final class ReductionNodes {
    private ReductionNodes() {}

    static void addTo(Map<String, Reading> table) {
        table.put("ReduceSum", node -> reduce(node, Reduction.Kind.SUM));
        table.put("ReduceMean", node -> reduce(node, Reduction.Kind.MEAN));
        table.put("ReduceMax", node -> reduce(node, Reduction.Kind.MAX));
        table.put("ReduceMin", node -> reduce(node, Reduction.Kind.MIN));
        table.put("ReduceProd", node -> reduce(node, Reduction.Kind.PROD));
        table.put("ReduceSumSquare", node -> reduce(node, Reduction.Kind.SUM_SQUARE));
        table.put("ReduceL1", node -> reduce(node, Reduction.Kind.L1));
        table.put("ReduceL2", node -> reduce(node, Reduction.Kind.L2));
        table.put("GlobalAveragePool", node -> global(node, Reduction.Kind.MEAN));
        table.put("GlobalMaxPool", node -> global(node, Reduction.Kind.MAX));
        table.put("ArgMax", node -> extreme(node, ArgExtreme.Extreme.MAX));
        table.put("ArgMin", node -> extreme(node, ArgExtreme.Extreme.MIN));
        table.put("Softmax", node -> softmax(node, SoftmaxFunction.Form.SOFTMAX));
        table.put("LogSoftmax", node -> softmax(node, SoftmaxFunction.Form.LOG_SOFTMAX));
    }

    private static Reduction.Kept kept(NodeReader node) throws ModelException {
        return node.flag("keepdims", true) ? Reduction.Kept.AS_ONE : Reduction.Kept.DROPPED;
    }

    /** Axes were an attribute in earlier versions; none means all, unless the node says none at all. */
    private static void reduce(NodeReader node, Reduction.Kind kind) throws ModelException {
        node.requireInputs(1, 2);
        int rank = node.input(0).type().rank();
        boolean noneIsNone = node.flag("noop_with_empty_axes", false);
        var axes = new ArrayList<Integer>();
        for (long axis : node.longsOf("axes", 1).orElse(new long[0])) {
            axes.add(node.axis(axis, rank));
        }
        if (axes.isEmpty() && !noneIsNone) {
            IntStream.range(0, rank).forEach(axes::add);
        }
        node.becomes(new Reduction(node.operator(), kind, axes, kept(node)), Collections.singletonList(node.input(0)));
    }

    private static void global(NodeReader node, Reduction.Kind kind) throws ModelException {
        node.requireInputs(1, 1);
        List<Integer> axes = new ArrayList<>();
        for (int d = 2; d < node.input(0).type().rank(); d++) {
            axes.add(d);
        }
        node.becomes(new Reduction(node.operator(), kind, axes, Reduction.Kept.AS_ONE));
    }

    private static void extreme(NodeReader node, ArgExtreme.Extreme extreme) throws ModelException {
        node.requireInputs(1, 1);
        int axis = node.axis(node.integer("axis", 0), node.input(0).type().rank());
        var ties = node.flag("select_last_index", false) ? ArgExtreme.Ties.LAST : ArgExtreme.Ties.FIRST;
        node.becomes(new ArgExtreme(extreme, axis, kept(node), ties));
    }

    private static void softmax(NodeReader node, SoftmaxFunction.Form form) throws ModelException {
        node.requireInputs(1, 1);
        boolean coerced = node.version() < 13;
        int axis = node.axis(
                node.integer("axis", coerced ? 1 : -1), node.input(0).type().rank());
        var span = coerced ? SoftmaxFunction.Span.AXIS_AND_FOLLOWING : SoftmaxFunction.Span.AXIS;
        node.becomes(new SoftmaxFunction(form, axis, span));
    }
}
