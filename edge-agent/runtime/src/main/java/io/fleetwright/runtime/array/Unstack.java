package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import java.util.Collections;
import java.util.List;

/** Each step along a dimension becomes an array without that dimension. */
public record Unstack(int axis) implements ArrayFunction {
    @Override
    public String name() {
        return "Unstack";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var in = inputs.get(0);
        Types.require("input", in, Types.WHOLE_BYTES);
        return Collections.nCopies(in.dimension(in.axis(axis)), in.without(in.axis(axis)));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        // Blocks of memory are the same as if the outputs kept the dimension, with an extent of 1.
        return new Split(axis, Collections.nCopies(outputs.count(), 1)).kernel(inputs, outputs);
    }
}
