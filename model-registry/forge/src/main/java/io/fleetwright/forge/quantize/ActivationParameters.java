package io.fleetwright.forge.quantize;

/** How an int8 tensor stands for real values: {@code real = (q - zeroPoint) * scale}. */
public record ActivationParameters(float scale, int zeroPoint) {
    private static final float SCALE_MIN = 1e-7f;

    public ActivationParameters {
        if (!(scale > 0) || !Float.isFinite(scale) || zeroPoint < Byte.MIN_VALUE || zeroPoint > Byte.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "scale (%s) must be above 0 and finite, zeroPoint (%d) in -128..127".formatted(scale, zeroPoint));
        }
    }

    /** The finest steps that reach from {@code low} to {@code high}; 0 is always one of the exact values. */
    public static ActivationParameters covering(double low, double high) {
        double from = Math.min(low, 0);
        double to = Math.max(high, 0);
        float scale = (float) Math.max((to - from) / 255, SCALE_MIN);
        long zero = Math.round(Byte.MIN_VALUE - from / scale);
        return new ActivationParameters(scale, Math.clamp(zero, Byte.MIN_VALUE, Byte.MAX_VALUE));
    }

    /** The nearest int8 value, halves away from zero, saturated. */
    public byte quantize(float real) {
        float steps = real / scale;
        double rounded = Math.signum(steps) * Math.floor(Math.abs((double) steps) + 0.5);
        return (byte) Math.clamp(rounded + zeroPoint, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }

    public float real(byte value) {
        return (value - zeroPoint) * scale;
    }
}
