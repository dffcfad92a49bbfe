package io.fleetwright.runtime.array;

/**
 * The rows of an array along one dimension, or along it and all that follow.
 *
 * @param length elements of a lane, {@code stride} apart
 */
record Lanes(int count, int length, int stride) {
    static Lanes of(ArrayType type, int axis) {
        int at = axis < 0 ? axis + type.rank() : axis;
        int stride = type.product(at + 1, type.rank());
        return new Lanes(type.product(0, at) * stride, type.dimension(at), stride);
    }

    /** Lanes that span a dimension and all further ones. */
    static Lanes from(ArrayType type, int axis) {
        int at = axis < 0 ? axis + type.rank() : axis;
        return new Lanes(type.product(0, at), type.product(at, type.rank()), 1);
    }

    int start(int lane) {
        return lane / stride * stride * length + lane % stride;
    }
}
