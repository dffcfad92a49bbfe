package io.fleetwright.forge.onnx;

/** Types of tensor elements, with the numbers that the schema gives them. */
enum ElementType {
    FLOAT(1, Float.BYTES),
    INT8(3, Byte.BYTES),
    INT32(6, Integer.BYTES);

    final int code;
    final int bytes;

    ElementType(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }
}
