package io.fleetwright.runtime.graph;

/** Element types of tensors. Two or more elements of a sub-byte type share a byte, low bits first. */
public enum TensorType {
    INT8(8),
    INT16(16),
    INT32(32),
    INT64(64),
    UINT8(8),
    UINT16(16),
    UINT32(32),
    UINT64(64),
    INT2(2),
    INT4(4),
    UINT2(2),
    UINT4(4),
    BOOL(8),
    FLOAT16(16),
    FLOAT32(32),
    FLOAT64(64);

    private final int bits;

    TensorType(int bits) {
        this.bits = bits;
    }

    /** Size of one element. */
    public int bits() {
        return bits;
    }

    /** Size of {@code elements} of this type; the last byte of a sub-byte type may be partly used. */
    public long bytes(long elements) {
        return Math.ceilDiv(Math.multiplyExact(elements, (long) bits), Byte.SIZE);
    }

    /** Offsets in memory are multiples of this many bytes. */
    public int alignment() {
        return Math.max(1, bits / Byte.SIZE);
    }
}
