package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;

/** The same elements in the same order, in another shape. */
public record Reshape(String name, ArrayType to) implements ArrayFunction {
    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var from = inputs.get(0);
        Types.same("input", from, to);
        ArrayFunction.requireElements("input", from, to.elements());
        return List.of(to);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var in = inputs.get(0);
        var out = outputs.get(0);
        int bytes = to.bytes();
        return (arena, _, _, _) -> System.arraycopy(in.in(arena), in.at(), arena, out.at(), bytes);
    }
}
