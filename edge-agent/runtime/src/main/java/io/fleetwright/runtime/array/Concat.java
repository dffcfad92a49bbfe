package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;

/** Inputs one after the other along a dimension. */
public record Concat(int axis) implements ArrayFunction {
    @Override
    public String name() {
        return "Concat";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        if (inputs.count() < 1) {
            throw InferenceException.contradiction("no inputs");
        }
        var first = inputs.get(0);
        Types.require("input 0", first, Types.WHOLE_BYTES);
        int at = first.axis(axis);
        long extent = 0;
        for (int i = 0; i < inputs.count(); i++) {
            var other = inputs.get(i);
            Types.same("input " + i, other, first);
            boolean fits = other.rank() == first.rank();
            for (int d = 0; fits && d < first.rank(); d++) {
                fits = d == at || other.dimension(d) == first.dimension(d);
            }
            if (!fits) {
                throw InferenceException.contradiction(
                        "input %d %s beside %s along dimension %d".formatted(i, other, first, at));
            }
            extent += other.dimension(at);
        }
        long[] shape = first.dimensions().stream().mapToLong(Integer::longValue).toArray();
        shape[at] = extent;
        return List.of(ArrayType.of(first.type(), shape));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var out = outputs.get(0);
        int at = axis < 0 ? axis + out.type().rank() : axis;
        var parts = new Operand[inputs.count()];
        int[] blocks = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = inputs.get(i);
            blocks[i] = Blocks.bytes(parts[i].type(), at);
        }
        return new Joined(parts, blocks, out, out.type().product(0, at));
    }

    private record Joined(Operand[] pieces, int[] blocks, Operand out, int count) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            int at = out.at();
            for (int block = 0; block < count; block++) {
                for (int i = 0; i < pieces.length; i++) {
                    System.arraycopy(pieces[i].in(arena), pieces[i].at() + block * blocks[i], arena, at, blocks[i]);
                    at += blocks[i];
                }
            }
        }
    }
}
