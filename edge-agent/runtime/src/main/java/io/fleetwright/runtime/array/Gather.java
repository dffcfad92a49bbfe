package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;

/**
 * Picks whole slices along a dimension by index. Negative indices count from the end; what the standard calls an error,
 * an index outside, reads the nearest slice.
 */
public record Gather(int axis) implements ArrayFunction {
    @Override
    public String name() {
        return "Gather";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var data = inputs.get(0);
        var indexes = inputs.get(1);
        Types.require("data", data, Types.WHOLE_BYTES);
        Types.require("indices", indexes, Types.INDEXES);
        int at = data.axis(axis);
        if (data.dimension(at) == 0) {
            throw InferenceException.unsupported("gathers from %s, which is empty".formatted(data));
        }
        long[] shape = new long[data.rank() - 1 + indexes.rank()];
        int d = 0;
        for (int i = 0; i < at; i++) {
            shape[d++] = data.dimension(i);
        }
        for (int i = 0; i < indexes.rank(); i++) {
            shape[d++] = indexes.dimension(i);
        }
        for (int i = at + 1; i < data.rank(); i++) {
            shape[d++] = data.dimension(i);
        }
        return List.of(ArrayType.of(data.type(), shape));
    }

    /** An index as a position from the start, inside {@code extent}. */
    static int position(long index, int extent) {
        return (int) Math.clamp(index < 0 ? index + extent : index, 0L, (long) extent - 1);
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var data = inputs.get(0);
        var indexes = inputs.get(1);
        var out = outputs.get(0);
        int at = axis < 0 ? axis + data.type().rank() : axis;
        int extent = data.type().dimension(at);
        int block = Blocks.bytes(data.type(), at + 1);
        int outer = data.type().product(0, at);
        int count = indexes.type().elements();
        var index = Element.of(indexes.type().type());
        return (arena, _, _, _) -> {
            byte[] from = data.in(arena);
            byte[] picks = indexes.in(arena);
            for (int i = 0; i < outer; i++) {
                for (int j = 0; j < count; j++) {
                    int position = position(index.getLong(picks, indexes.at(), j), extent);
                    System.arraycopy(
                            from,
                            data.at() + (i * extent + position) * block,
                            arena,
                            out.at() + (i * count + j) * block,
                            block);
                }
            }
        };
    }
}
