package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;

/** From uint8 to int8 or back, 128 less or more: the same real values, once the zero point follows. */
public record FlipSign(TensorType to) implements ArrayFunction {
    @Override
    public String name() {
        return "FlipSign";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        ArrayFunction.requireType("input", inputs.get(0), to == TensorType.INT8 ? TensorType.UINT8 : TensorType.INT8);
        return List.of(inputs.get(0).as(to));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var in = inputs.get(0);
        var out = outputs.get(0);
        int count = in.type().elements();
        return (arena, _, _, _) -> {
            byte[] data = in.in(arena);
            for (int i = 0; i < count; i++) {
                arena[out.at() + i] = (byte) (data[in.at() + i] ^ 0x80);
            }
        };
    }
}
