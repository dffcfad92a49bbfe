package io.fleetwright.runtime.array;

/** Arrays of whole-byte elements as blocks of memory. */
final class Blocks {
    private Blocks() {}

    /** Bytes of the part of an array that dimensions {@code from} and further span. */
    static int bytes(ArrayType type, int from) {
        return type.product(from, type.rank()) * (type.type().bits() / Byte.SIZE);
    }
}
