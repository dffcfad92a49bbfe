package io.fleetwright.runtime.arithmetic;

/**
 * A function of int16 values as 513 int16 values, 128 steps apart and linear between. Filled in float32.
 *
 * @see "TensorFlow Lite, LUTPopulate and LUTLookup for int16"
 */
public final class InterpolatedTable {
    private static final int INTERVALS = 512;
    private static final int STEP_BITS = 7;

    /** A real function, to float32 precision. */
    @FunctionalInterface
    public interface Function {
        float of(float x);
    }

    private final int[] values = new int[INTERVALS + 1];

    /**
     * Entries are lowered by half of what the straight line midway to the next is too high.
     *
     * @param inputScale {@code x = inputScale * (value - inputZero)}
     * @param outputScale result on this scale, zero point 0
     */
    public InterpolatedTable(float inputScale, int inputZero, float outputScale, Function function) {
        float from = inputScale * (Short.MIN_VALUE - inputZero);
        float to = inputScale * (Short.MAX_VALUE - inputZero);
        float step = (to - from) / INTERVALS;
        float outputRange = outputScale * Short.MAX_VALUE - outputScale * Short.MIN_VALUE;
        float factor = (1 << 16) / outputRange;
        for (int i = 0; i < INTERVALS; i++) {
            float x = from + i * step;
            float value = round(function.of(x) * factor);
            float middle = round(function.of(x + step / 2) * factor);
            float next = function.of(from + (i + 1) * step) * factor;
            values[i] = clamped(value - round((round((next + value) / 2) - middle) / 2));
        }
        values[INTERVALS] = clamped(round(function.of(to) * factor));
    }

    /** Half away from zero. */
    private static float round(float value) {
        return (float) Math.copySign(Math.floor(Math.abs((double) value) + 0.5), value);
    }

    private static int clamped(float value) {
        return (int) Math.clamp(value, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /** @param value int16 */
    public int at(int value) {
        int entry = (value >> STEP_BITS) + INTERVALS / 2;
        int between = value & ((1 << STEP_BITS) - 1);
        int slope = values[entry + 1] - values[entry];
        return values[entry] + ((slope * between + (1 << (STEP_BITS - 1))) >> STEP_BITS);
    }
}
