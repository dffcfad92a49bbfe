package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import org.jspecify.annotations.Nullable;

/** Where a kernel reads a tensor of whole bytes: in the arena, or in memory of its own when it is a constant. */
final class ConstantOrArena {
    private final byte @Nullable [] constant;
    private final int at;

    private ConstantOrArena(byte @Nullable [] constant, int at) {
        this.constant = constant;
        this.at = at;
    }

    static ConstantOrArena of(Graph graph, int id) {
        var tensor = graph.tensors().get(id);
        return tensor.isConstant()
                ? new ConstantOrArena(tensor.constantBytes(), 0)
                : new ConstantOrArena(null, graph.plan().offset(id));
    }

    /** First byte in {@link #in}. */
    int at() {
        return at;
    }

    /** The bytes that {@link #at()} counts in. */
    byte[] in(byte[] arena) {
        return constant == null ? arena : constant;
    }
}
