package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.Graph;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where a kernel finds one array: in the arena, or in memory of its own when it is a constant. */
public final class Operand {
    private final ArrayType type;
    private final byte @Nullable [] constant;
    private final int at;

    private Operand(ArrayType type, byte @Nullable [] constant, int at) {
        this.type = type;
        this.constant = constant;
        this.at = at;
    }

    /** An array that starts {@code at} this byte of the arena. */
    public static Operand inArena(ArrayType type, int at) {
        return new Operand(type, null, at);
    }

    /** A constant; the bytes are copied. */
    public static Operand constant(ArrayType type, ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.duplicate().get(bytes);
        return new Operand(type, bytes, 0);
    }

    static Operand of(Graph graph, int id) {
        var tensor = graph.tensors().get(id);
        try {
            var type = ArrayType.of(tensor);
            return tensor.isConstant()
                    ? constant(type, tensor.constant())
                    : inArena(type, graph.plan().offset(id));
        } catch (InferenceException impossible) {
            throw new IllegalStateException("the graph was checked", impossible);
        }
    }

    public ArrayType type() {
        return type;
    }

    /**
     * An element of a constant of integers, packed ones included; unsigned ones are not negative, except for uint64.
     *
     * @throws IllegalStateException when this is no constant
     */
    public long integer(int index) {
        if (constant == null) {
            throw new IllegalStateException("%s is computed at run time".formatted(type));
        }
        return Element.of(type.type()).getLong(constant, at, index);
    }

    /** First byte in {@link #in}. */
    int at() {
        return at;
    }

    boolean isConstant() {
        return constant != null;
    }

    /** The bytes that {@link #at()} counts in. */
    byte[] in(byte[] arena) {
        return constant == null ? arena : constant;
    }
}
