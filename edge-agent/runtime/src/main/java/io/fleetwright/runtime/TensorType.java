package io.fleetwright.runtime;

/** Element types this runtime computes with. */
public enum TensorType {
    /** Activations and weights. */
    INT8(1),
    /** Biases and shapes. */
    INT32(4);

    private final int bytes;

    TensorType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element. */
    public int bytes() {
        return bytes;
    }
}
