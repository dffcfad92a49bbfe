package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Sets of element types that functions take. */
final class Types {
    static final Set<TensorType> FLOATS = set(EnumSet.of(TensorType.FLOAT16, TensorType.FLOAT32, TensorType.FLOAT64));
    static final Set<TensorType> INTEGERS = set(EnumSet.range(TensorType.INT8, TensorType.UINT64));
    static final Set<TensorType> NUMBERS = union(FLOATS, INTEGERS);
    static final Set<TensorType> WHOLE_BYTES = union(NUMBERS, EnumSet.of(TensorType.BOOL));
    static final Set<TensorType> ALL = set(EnumSet.allOf(TensorType.class));
    static final Set<TensorType> BOOLEANS = set(EnumSet.of(TensorType.BOOL));
    static final Set<TensorType> INDEXES = set(EnumSet.of(TensorType.INT32, TensorType.INT64));

    private Types() {}

    private static Set<TensorType> set(EnumSet<TensorType> types) {
        return Collections.unmodifiableSet(types);
    }

    static Set<TensorType> union(Set<TensorType> left, Set<TensorType> right) {
        var both = EnumSet.copyOf(left);
        both.addAll(right);
        return set(both);
    }

    static void require(String what, ArrayType found, Set<TensorType> allowed) throws InferenceException {
        if (!allowed.contains(found.type())) {
            throw InferenceException.unsupported("%s %s, %s supported".formatted(what, found, allowed));
        }
    }

    static void same(String what, ArrayType found, ArrayType expected) throws InferenceException {
        if (found.type() != expected.type()) {
            throw InferenceException.contradiction("%s %s, %s allowed".formatted(what, found, expected.type()));
        }
    }

    /** The shape that all broadcast to; trailing dimensions align, 1 stretches. */
    static ArrayType broadcast(TensorType type, ArrayType... operands) throws InferenceException {
        int rank = 0;
        for (var operand : operands) {
            rank = Math.max(rank, operand.rank());
        }
        long[] shape = new long[rank];
        for (int d = 0; d < rank; d++) {
            shape[d] = 1;
            for (var operand : operands) {
                int own = d - (rank - operand.rank());
                int extent = own < 0 ? 1 : operand.dimension(own);
                if (extent == 1 || extent == shape[d]) {
                    continue;
                }
                if (shape[d] != 1) {
                    throw InferenceException.contradiction("%s do not broadcast".formatted(List.of(operands)));
                }
                shape[d] = extent;
            }
        }
        return ArrayType.of(type, shape);
    }

    /** Refuses operands that would stretch {@code target}. */
    static void stretchesTo(ArrayType target, ArrayType... operands) throws InferenceException {
        ArrayType[] all = Arrays.copyOf(operands, operands.length + 1);
        all[operands.length] = target;
        if (!broadcast(target.type(), all).equals(target)) {
            throw InferenceException.contradiction("%s do not broadcast to %s".formatted(List.of(operands), target));
        }
    }
}
