package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Nest;
import java.util.List;

/** {@code condition ? x : y}, all three broadcast. */
public record Where() implements ArrayFunction {
    @Override
    public String name() {
        return "Where";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        Types.require("condition", inputs.get(0), Types.BOOLEANS);
        Types.require("x", inputs.get(1), Types.WHOLE_BYTES);
        Types.same("y", inputs.get(2), inputs.get(1));
        return List.of(Types.broadcast(inputs.get(1).type(), inputs.get(0), inputs.get(1), inputs.get(2)));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var condition = inputs.get(0);
        var x = inputs.get(1);
        var y = inputs.get(2);
        var out = outputs.get(0);
        var nest = Nest.broadcast(
                out.type().shape(),
                condition.type().shape(),
                x.type().shape(),
                y.type().shape());
        int size = out.type().type().bits() / Byte.SIZE;
        return (arena, _, _, _) -> {
            byte[] conditions = condition.in(arena);
            for (int i = 0; i < out.type().elements(); i++) {
                boolean chosen = conditions[condition.at() + nest.offset(0, i)] != 0;
                var from = chosen ? x : y;
                int source = nest.offset(chosen ? 1 : 2, i);
                System.arraycopy(from.in(arena), from.at() + source * size, arena, out.at() + i * size, size);
            }
        };
    }
}
