package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayFunction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One function at work while a model is read.
 *
 * @param version of the operator set that the function was read by
 * @param where how error texts name the node it came from
 * @param inputs by the function's positions; left-out ones are null
 * @param outputs by the function's positions; the ones nobody asked for are null
 */
record Step(
        ArrayFunction function,
        int version,
        String where,
        List<@Nullable Value> inputs,
        List<@Nullable Value> outputs) {
    Step {
        inputs = Collections.unmodifiableList(new ArrayList<@Nullable Value>(inputs));
        outputs = Collections.unmodifiableList(new ArrayList<@Nullable Value>(outputs));
    }

    /** An input that is there. */
    Value input(int index) {
        Value value = inputs.get(index);
        if (value == null) {
            throw new IllegalStateException("%s has no input %d".formatted(where, index));
        }
        return value;
    }

    @Nullable
    Value inputOrNull(int index) {
        return index < inputs.size() ? inputs.get(index) : null;
    }

    /** The only output of a step that has one. */
    Value output() {
        Value value = outputs.getFirst();
        if (value == null) {
            throw new IllegalStateException("%s has no first output".formatted(where));
        }
        return value;
    }

    /** The same step reading other values. */
    Step reading(List<@Nullable Value> others) {
        return new Step(function, version, where, others, outputs);
    }
}
