package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;

/** Converts elements: floats truncate toward 0, integers keep the low bits, booleans are value != 0. */
public record Cast(TensorType to) implements ArrayFunction {
    @Override
    public String name() {
        return "Cast";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) {
        return List.of(inputs.get(0).as(to));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var in = inputs.get(0);
        var out = outputs.get(0);
        var from = Element.of(in.type().type());
        var into = Element.of(to);
        int count = in.type().elements();
        if (Element.isFloat(in.type().type()) || Element.isFloat(to)) {
            return (arena, _, _, _) -> {
                byte[] data = in.in(arena);
                for (int i = 0; i < count; i++) {
                    into.setDouble(arena, out.at(), i, from.getDouble(data, in.at(), i));
                }
            };
        }
        return (arena, _, _, _) -> {
            byte[] data = in.in(arena);
            for (int i = 0; i < count; i++) {
                into.setLong(arena, out.at(), i, from.getLong(data, in.at(), i));
            }
        };
    }
}
