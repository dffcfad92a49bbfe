package io.fleetwright.runtime.graph;

/** Clamp fused into an operator, in real values. */
public enum Activation {
    NONE,
    RELU,
    RELU6,
    RELU_N1_TO_1;

    /** Smallest quantized output: {@code -128}, or the quantized lower bound. */
    public int low(float scale, int zeroPoint) {
        return switch (this) {
            case NONE -> Byte.MIN_VALUE;
            case RELU, RELU6 -> quantize(0f, scale, zeroPoint);
            case RELU_N1_TO_1 -> quantize(-1f, scale, zeroPoint);
        };
    }

    /** Largest quantized output: {@code 127}, or the quantized upper bound. */
    public int high(float scale, int zeroPoint) {
        return switch (this) {
            case NONE, RELU -> Byte.MAX_VALUE;
            case RELU6 -> quantize(6f, scale, zeroPoint);
            case RELU_N1_TO_1 -> quantize(1f, scale, zeroPoint);
        };
    }

    /** {@code zeroPoint + round(value / scale)} in int8: float32 division, half away from zero. */
    private static int quantize(float value, float scale, int zeroPoint) {
        float steps = value / scale;
        long rounded = (long) Math.copySign(Math.floor(Math.abs((double) steps) + 0.5), steps);
        long bounded = Math.clamp(rounded, -1024L, 1024L);
        return (int) Math.clamp(zeroPoint + bounded, (long) Byte.MIN_VALUE, (long) Byte.MAX_VALUE);
    }
}
