package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Nest;
import java.util.List;

/** {@code out[i][j][k] = data[index[i][j][k]][j][k]} for axis 0, and so on; indices as in {@link Gather}. */
public record GatherElements(int axis) implements ArrayFunction {
    @Override
    public String name() {
        return "GatherElements";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var data = inputs.get(0);
        var indexes = inputs.get(1);
        Types.require("data", data, Types.WHOLE_BYTES);
        Types.require("indices", indexes, Types.INDEXES);
        int at = data.axis(axis);
        boolean fits = data.rank() == indexes.rank() && data.dimension(at) > 0;
        for (int d = 0; fits && d < data.rank(); d++) {
            fits = d == at || indexes.dimension(d) <= data.dimension(d);
        }
        if (!fits) {
            throw InferenceException.contradiction(
                    "indices %s into %s along dimension %d".formatted(indexes, data, at));
        }
        return List.of(indexes.as(data.type()));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var data = inputs.get(0);
        var indexes = inputs.get(1);
        var out = outputs.get(0);
        int at = axis < 0 ? axis + data.type().rank() : axis;
        int extent = data.type().dimension(at);
        int stride = data.type().strides()[at];
        int size = data.type().type().bits() / Byte.SIZE;
        int[] strides = data.type().strides();
        strides[at] = 0;
        var nest = new Nest(indexes.type().shape(), strides);
        var index = Element.of(indexes.type().type());
        return (arena, _, _, _) -> {
            byte[] from = data.in(arena);
            byte[] picks = indexes.in(arena);
            for (int i = 0; i < indexes.type().elements(); i++) {
                int position = Gather.position(index.getLong(picks, indexes.at(), i), extent);
                int source = nest.offset(0, i) + position * stride;
                System.arraycopy(from, data.at() + source * size, arena, out.at() + i * size, size);
            }
        };
    }
}
