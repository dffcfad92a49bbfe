package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.Clip;
import io.fleetwright.runtime.array.Concat;
import io.fleetwright.runtime.array.DequantizeLinear;
import io.fleetwright.runtime.array.FlipSign;
import io.fleetwright.runtime.array.InferenceException;
import io.fleetwright.runtime.array.QuantizeLinear;
import io.fleetwright.runtime.array.Rearrange;
import io.fleetwright.runtime.array.Reshape;
import io.fleetwright.runtime.array.Transpose;
import io.fleetwright.runtime.array.Unary;
import io.fleetwright.runtime.graph.ModelException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets transpositions wait until somebody needs the transposed bytes: most meet their inverse before that.
 *
 * <p>One pass from the inputs on. A transposition writes no step, its output is noted as a view of its input; steps that
 * do not care for the order of elements run on what the view is of, and give a view again; every other step makes the
 * pass write the transposition after all.
 */
final class Layout {
    private final Flow flow;
    private final StepWriter writer;
    private final Map<Value, View> views = new HashMap<>();
    private final Set<Value> written = new HashSet<>();

    /** A value that is another one, transposed. */
    private record View(Value of, Transpose by) {}

    private Layout(Flow flow) {
        this.flow = flow;
        this.writer = new StepWriter(flow);
    }

    static void run(Flow flow) throws ModelException {
        var layout = new Layout(flow);
        for (var step : List.copyOf(flow.steps())) {
            layout.visit(step);
        }
        layout.outputs();
        layout.writer.finish();
    }

    private void visit(Step step) throws ModelException {
        switch (step.function()) {
            case Transpose transpose -> transpose(step, transpose);
            case Reshape reshape -> reshape(step, reshape);
            case Fused.Sum _ -> together(step);
            case Fused.Dense dense -> dense(step, dense);
            case Unary _, FlipSign _, Clip _ -> through(step);
            case Concat concat -> joined(step, concat);
            case Rearrange rearrange -> picked(step, rearrange);
            case QuantizeLinear _, DequantizeLinear _ -> {
                if (step.input(1).type().elements() == 1) {
                    through(step);
                } else {
                    asItIs(step);
                }
            }
            default -> asItIs(step);
        }
    }

    private void transpose(Step step, Transpose transpose) {
        Value input = step.input(0);
        var view = views.get(input);
        Value of = view == null ? input : view.of;
        views.put(step.output(), new View(of, view == null ? transpose : view.by.and(transpose)));
    }

    private void reshape(Step step, Reshape reshape) throws ModelException {
        Value from = step.input(0);
        var view = views.get(from);
        if (view != null && view.by.keepsOrder(view.of.type()) && means(view.of, from)) {
            from = view.of;
        }
        from = present(from, step);
        var before = from.producer();
        if (before != null && before.function() instanceof Reshape && written.contains(from)) {
            from = before.input(0);
        }
        if (from.type().equals(reshape.to())) {
            views.put(step.output(), new View(from, identity(from.type().rank())));
            return;
        }
        write(step, List.of(from));
    }

    private static Transpose identity(int rank) {
        var order = new ArrayList<Integer>();
        for (int d = 0; d < rank; d++) {
            order.add(d);
        }
        return new Transpose(order);
    }

    /** A step that works element by element on its first input. */
    private void through(Step step) throws ModelException {
        var view = views.get(step.input(0));
        if (view == null) {
            asItIs(step);
            return;
        }
        var inputs = new ArrayList<@Nullable Value>(step.inputs());
        inputs.set(0, view.of);
        for (int i = 1; i < inputs.size(); i++) {
            var input = inputs.get(i);
            inputs.set(i, input == null ? null : present(input, step));
        }
        var result = writer.write(step.function(), step, inputs, step.output().quantization());
        written.add(result);
        views.put(step.output(), new View(result, view.by));
    }

    /** A step that picks positions along each dimension does so before the transposition. */
    private void picked(Step step, Rearrange rearrange) throws ModelException {
        var view = views.get(step.input(0));
        if (view == null || !means(view.of, step.input(0))) {
            asItIs(step);
            return;
        }
        Optional<Rearrange> moved;
        try {
            moved = rearrange.before(view.by, view.of.type());
        } catch (InferenceException problem) {
            throw flow.refused(step.where(), problem);
        }
        if (moved.isEmpty()) {
            asItIs(step);
            return;
        }
        var result = writer.write(
                moved.get(),
                step,
                Collections.singletonList(view.of),
                step.output().quantization());
        written.add(result);
        views.put(step.output(), new View(result, view.by));
    }

    /** A step on two values of one shape: if both are the same kind of view, so is the result. */
    private void together(Step step) throws ModelException {
        var left = views.get(step.input(0));
        var right = views.get(step.input(1));
        if (left == null
                || right == null
                || !left.by.equals(right.by)
                || !means(left.of, step.input(0))
                || !means(right.of, step.input(1))) {
            asItIs(step);
            return;
        }
        var result = writer.write(
                step.function(), step, List.of(left.of, right.of), step.output().quantization());
        written.add(result);
        views.put(step.output(), new View(result, left.by));
    }

    /** Values joined along a dimension: if all are the same kind of view, what they are of is joined, and so is the result. */
    private void joined(Step step, Concat concat) throws ModelException {
        Transpose by = null;
        var inputs = new ArrayList<@Nullable Value>();
        for (var input : step.inputs()) {
            var view = input == null ? null : views.get(input);
            if (input == null || view == null || (by != null && !by.equals(view.by)) || !means(view.of, input)) {
                asItIs(step);
                return;
            }
            by = view.by;
            inputs.add(view.of);
        }
        if (by == null) {
            asItIs(step);
            return;
        }
        int axis = concat.axis() < 0 ? concat.axis() + by.permutation().size() : concat.axis();
        var moved = new Concat(by.permutation().get(axis));
        var result = writer.write(moved, step, inputs, step.output().quantization());
        written.add(result);
        views.put(step.output(), new View(result, by));
    }

    /** A layer on a flattened image in another order takes its weights in that order instead. */
    private void dense(Step step, Fused.Dense dense) throws ModelException {
        var flat = step.input(0).producer();
        if (flat == null || !(flat.function() instanceof Reshape) || !written.contains(step.input(0))) {
            asItIs(step);
            return;
        }
        var turned = flat.input(0).producer();
        boolean flattens = turned != null
                && turned.function() instanceof Transpose transpose
                && transpose.permutation().getFirst() == 0
                && flat.output().type().rank() == 2
                && flat.output().type().dimension(0) == turned.input(0).type().dimension(0);
        if (!flattens || turned == null || !(turned.function() instanceof Transpose transpose)) {
            asItIs(step);
            return;
        }
        var image = turned.input(0);
        var rows = writer.write(
                new Reshape("Reshape", flat.output().type()),
                step,
                Collections.singletonList(image),
                step.input(0).quantization());
        written.add(rows);
        var weights = permuted(step.input(1), image.type(), transpose);
        var inputs = new ArrayList<@Nullable Value>(step.inputs());
        inputs.set(0, rows);
        inputs.set(1, weights);
        writer.writeTo(step.output(), dense, step, inputs, step.output().quantization());
        written.add(step.output());
    }

    /** Weights {@code [units, depth]} for rows in the order of {@code image} instead of the transposed one. */
    private Value permuted(Value weights, ArrayType image, Transpose transpose) throws ModelException {
        int units = weights.type().dimension(0);
        int depth = weights.type().dimension(1);
        int rank = image.rank();
        int[] strides = image.strides();
        var data = weights.constant();
        byte[] moved = new byte[weights.type().bytes()];
        for (int k = 0; k < depth; k++) {
            // Where element k of the transposed image is in the image itself.
            int rest = k;
            int at = 0;
            for (int d = rank - 1; d >= 1; d--) {
                int source = transpose.permutation().get(d);
                at += rest % image.dimension(source) * strides[source];
                rest /= image.dimension(source);
            }
            for (int unit = 0; unit < units; unit++) {
                moved[unit * depth + at] = data.get(unit * depth + k);
            }
        }
        return writer.constant(weights, weights.type().type(), moved, weights.quantization(), units, depth);
    }

    private void asItIs(Step step) throws ModelException {
        var inputs = new ArrayList<@Nullable Value>();
        for (var input : step.inputs()) {
            inputs.add(input == null ? null : present(input, step));
        }
        write(step, inputs);
    }

    private void write(Step step, List<@Nullable Value> inputs) {
        writer.keep(step.reading(inputs));
        for (var output : step.outputs()) {
            if (output != null) {
                written.add(output);
            }
        }
    }

    /** A value with its bytes in order; a view is written now. */
    private Value present(Value value, Step place) throws ModelException {
        var view = views.get(value);
        if (view == null || written.contains(value)) {
            return value;
        }
        if (view.by.isIdentity() && means(view.of, value)) {
            return view.of;
        }
        return materialize(value, view, place);
    }

    /** True when the first value has, or may take on, the second one's meaning; then it has it. */
    private static boolean means(Value of, Value value) {
        var meaning = value.quantization();
        if (meaning == null) {
            return true;
        }
        if (!of.canMean(meaning)) {
            return false;
        }
        of.quantizedAs(meaning);
        return true;
    }

    private Value materialize(Value value, View view, Step place) {
        var function = view.by.keepsOrder(view.of.type()) ? new Reshape("Reshape", value.type()) : view.by;
        writer.writeTo(value, function, place, Collections.singletonList(view.of), value.quantization());
        written.add(value);
        return value;
    }

    private void outputs() throws ModelException {
        var used = new HashSet<Value>();
        var inputs = new HashSet<>(flow.inputs());
        for (int i = 0; i < flow.outputs().size(); i++) {
            Value output = flow.outputs().get(i);
            var view = views.get(output);
            var producer = output.producer();
            if (view != null && producer != null) {
                Value now = present(output, producer);
                // An output has to be computed by a step, and is one output only.
                if (inputs.contains(now) || now.isConstant() || used.contains(now)) {
                    now = materialize(output, new View(view.of, view.by), producer);
                }
                flow.outputs().set(i, now);
            }
            used.add(flow.outputs().get(i));
        }
    }
}
