package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;

/** {@code min(max(x, low), high)}; inputs are x, then low and high, each of one element and optional. */
public record Clip() implements ArrayFunction {
    @Override
    public String name() {
        return "Clip";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var x = inputs.get(0);
        Types.require("input", x, Types.NUMBERS);
        for (int bound = 1; bound <= 2; bound++) {
            if (inputs.has(bound)) {
                Types.same("bound", inputs.get(bound), x);
                ArrayFunction.requireElements("bound", inputs.get(bound), 1);
            }
        }
        return List.of(x);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var in = inputs.get(0);
        var out = outputs.get(0);
        var low = inputs.orNull(1);
        var high = inputs.orNull(2);
        var type = in.type().type();
        var element = Element.of(type);
        int count = in.type().elements();
        if (Element.isFloat(type)) {
            return (arena, _, _, _) -> {
                double least = low == null ? Double.NEGATIVE_INFINITY : element.getDouble(low.in(arena), low.at(), 0);
                double most = high == null ? Double.POSITIVE_INFINITY : element.getDouble(high.in(arena), high.at(), 0);
                byte[] data = in.in(arena);
                for (int i = 0; i < count; i++) {
                    double x = element.getDouble(data, in.at(), i);
                    element.setDouble(arena, out.at(), i, Math.min(Math.max(x, least), most));
                }
            };
        }
        // Unsigned longs compare as signed ones once their highest bit is turned.
        long turn = type == TensorType.UINT64 ? Long.MIN_VALUE : 0;
        return (arena, _, _, _) -> {
            long least = low == null ? Long.MIN_VALUE : element.getLong(low.in(arena), low.at(), 0) ^ turn;
            long most = high == null ? Long.MAX_VALUE : element.getLong(high.in(arena), high.at(), 0) ^ turn;
            byte[] data = in.in(arena);
            for (int i = 0; i < count; i++) {
                long x = element.getLong(data, in.at(), i) ^ turn;
                element.setLong(arena, out.at(), i, Math.min(Math.max(x, least), most) ^ turn);
            }
        };
    }
}
