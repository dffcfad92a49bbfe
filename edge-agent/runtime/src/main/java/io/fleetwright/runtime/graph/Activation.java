package io.fleetwright.runtime.graph;

/** Clamp fused into an operator, in real values. */
public enum Activation {
    NONE,
    RELU,
    RELU6,
    RELU_N1_TO_1;

    /** Smallest value of a quantized output: that of its type, or the quantized lower bound. */
    public int low(Tensor output) {
        return low(output.scale(0), output.zeroPoint(0), smallest(output.type()));
    }

    /** Largest value of a quantized output: that of its type, or the quantized upper bound. */
    public int high(Tensor output) {
        return high(output.scale(0), output.zeroPoint(0), smallest(output.type()));
    }

    private static int smallest(TensorType type) {
        return -(1 << (type.bits() - 1));
    }

    /** Smallest quantized output: {@code -128}, or the quantized lower bound. */
    public int low(float scale, int zeroPoint) {
        return low(scale, zeroPoint, Byte.MIN_VALUE);
    }

    private int low(float scale, int zeroPoint, int smallest) {
        return switch (this) {
            case NONE -> smallest;
            case RELU, RELU6 -> quantize(0f, scale, zeroPoint, smallest);
            case RELU_N1_TO_1 -> quantize(-1f, scale, zeroPoint, smallest);
        };
    }

    /** Largest quantized output: {@code 127}, or the quantized upper bound. */
    public int high(float scale, int zeroPoint) {
        return high(scale, zeroPoint, Byte.MIN_VALUE);
    }

    private int high(float scale, int zeroPoint, int smallest) {
        return switch (this) {
            case NONE, RELU -> -1 - smallest;
            case RELU6 -> quantize(6f, scale, zeroPoint, smallest);
            case RELU_N1_TO_1 -> quantize(1f, scale, zeroPoint, smallest);
        };
    }

    /** {@code zeroPoint + round(value / scale)} within the type that starts at {@code smallest}: float32 division, half away from zero. */
    private static int quantize(float value, float scale, int zeroPoint, int smallest) {
        float steps = value / scale;
        long rounded = (long) Math.copySign(Math.floor(Math.abs((double) steps) + 0.5), steps);
        long bounded = Math.clamp(rounded, 8L * smallest, -8L * smallest);
        return (int) Math.clamp(zeroPoint + bounded, (long) smallest, -1L - smallest);
    }
}
