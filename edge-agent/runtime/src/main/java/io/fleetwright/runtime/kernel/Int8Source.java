package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import org.jspecify.annotations.Nullable;

/** Where a kernel reads an int8 tensor: in the arena, or in memory of its own when it is a constant. */
final class Int8Source {
    private final byte @Nullable [] constant;
    private final int at;

    private Int8Source(byte @Nullable [] constant, int at) {
        this.constant = constant;
        this.at = at;
    }

    static Int8Source of(Graph graph, int id) {
        var tensor = graph.tensors().get(id);
        return tensor.isConstant()
                ? new Int8Source(tensor.constantBytes(), 0)
                : new Int8Source(null, graph.plan().offset(id));
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
