package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;

/** Dimension {@code d} of the output is dimension {@code permutation.get(d)} of the input. */
public record Transpose(List<Integer> permutation) implements ArrayFunction {
    public Transpose {
        permutation = List.copyOf(permutation);
    }

    @Override
    public String name() {
        return "Transpose";
    }

    /** {@code then} after {@code this}, in one. */
    public Transpose and(Transpose then) {
        return new Transpose(then.permutation.stream().map(permutation::get).toList());
    }

    public boolean isIdentity() {
        for (int d = 0; d < permutation.size(); d++) {
            if (permutation.get(d) != d) {
                return false;
            }
        }
        return true;
    }

    /** True when only dimensions of 1 change places: the elements keep their order. */
    public boolean keepsOrder(ArrayType from) {
        int last = -1;
        for (int d : permutation) {
            if (from.dimension(d) == 1) {
                continue;
            }
            if (d < last) {
                return false;
            }
            last = d;
        }
        return true;
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        var in = inputs.get(0);
        Types.require("input", in, Types.WHOLE_BYTES);
        boolean[] seen = new boolean[in.rank()];
        long[] shape = new long[in.rank()];
        if (permutation.size() != in.rank()) {
            throw InferenceException.contradiction("permutation %s of %s".formatted(permutation, in));
        }
        for (int d = 0; d < shape.length; d++) {
            int source = permutation.get(d);
            if (source < 0 || source >= shape.length || seen[source]) {
                throw InferenceException.contradiction("permutation %s of %s".formatted(permutation, in));
            }
            seen[source] = true;
            shape[d] = in.dimension(source);
        }
        return List.of(ArrayType.of(in.type(), shape));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var in = inputs.get(0);
        var out = outputs.get(0);
        int[] order = permutation.stream().mapToInt(Integer::intValue).toArray();
        return Rearrange.transpose(in.type(), out.type(), order).kernel(inputs, outputs);
    }
}
