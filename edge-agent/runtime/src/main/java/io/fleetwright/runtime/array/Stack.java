package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;

/** Arrays of one type one after the other along a new dimension, {@code axis} of the output. */
public record Stack(int axis) implements ArrayFunction {
    @Override
    public String name() {
        return "Stack";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var first = inputs.get(0);
        Types.require("input 0", first, Types.WHOLE_BYTES);
        for (int i = 1; i < inputs.count(); i++) {
            if (!inputs.get(i).equals(first)) {
                throw InferenceException.contradiction("input %d %s beside %s".formatted(i, inputs.get(i), first));
            }
        }
        return List.of(first.inserted(axis, inputs.count()));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        // Blocks of memory are the same as if the inputs had the new dimension, with an extent of 1.
        return new Concat(axis).kernel(inputs, outputs);
    }
}
