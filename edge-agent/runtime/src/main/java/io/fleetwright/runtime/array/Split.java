package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts an array along a dimension into parts of the given extents, which add up to the dimension. */
public record Split(int axis, List<Integer> extents) implements ArrayFunction {
    public Split {
        extents = List.copyOf(extents);
    }

    @Override
    public String name() {
        return "Split";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var in = inputs.get(0);
        Types.require("input", in, Types.WHOLE_BYTES);
        int at = in.axis(axis);
        long sum = extents.stream().mapToLong(Integer::longValue).sum();
        if (sum != in.dimension(at) || extents.stream().anyMatch(extent -> extent < 0)) {
            throw InferenceException.contradiction("parts of %s along dimension %d of %s".formatted(extents, at, in));
        }
        var parts = new ArrayList<ArrayType>();
        for (int extent : extents) {
            int[] shape = in.shape();
            shape[at] = extent;
            parts.add(ArrayType.of(in.type(), shape));
        }
        return parts;
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var in = inputs.get(0);
        int at = axis < 0 ? axis + in.type().rank() : axis;
        int step = Blocks.bytes(in.type(), at + 1);
        var parts = new @Nullable Operand[extents.size()];
        int[] blocks = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = outputs.orNull(i);
            blocks[i] = extents.get(i) * step;
        }
        return new Cut(in, parts, blocks, in.type().product(0, at));
    }

    private record Cut(Operand in, @Nullable Operand[] pieces, int[] blocks, int count) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            byte[] data = in.in(arena);
            int at = in.at();
            for (int block = 0; block < count; block++) {
                for (int i = 0; i < pieces.length; i++) {
                    var part = pieces[i];
                    if (part != null) {
                        System.arraycopy(data, at, arena, part.at() + block * blocks[i], blocks[i]);
                    }
                    at += blocks[i];
                }
            }
        }
    }
}
