package io.fleetwright.forge.weights;

/**
 * Scales of a layer in one byte each: code {@code k} is {@code base * 2^(-k / 16)}, {@code k} in 0..255.
 *
 * <p>A channel loses at most 4.5 % of its resolution by it, and a channel of few weights pays one byte, not four.
 */
public record ScaleCode(float base) {
    static final int CODE_MAX = 255;
    private static final double STEPS_PER_OCTAVE = 16;

    public ScaleCode {
        if (!(base > 0) || !Float.isFinite(base)) {
            throw new IllegalArgumentException("base (%s) must be above 0 and finite".formatted(base));
        }
    }

    /** The scale that a code says. */
    public float scale(int code) {
        if (code < 0 || code > CODE_MAX) {
            throw new IllegalArgumentException("code (%d) must be in 0..%d".formatted(code, CODE_MAX));
        }
        return (float) (base * StrictMath.pow(2, -code / STEPS_PER_OCTAVE));
    }

    /** The code of the smallest scale that is at least {@code wanted}, or of the nearest there is. */
    int codeOf(double wanted) {
        if (!(wanted > 0)) {
            return CODE_MAX;
        }
        double octaves = StrictMath.log(base / wanted) / StrictMath.log(2);
        int code = (int) Math.clamp(Math.floor(octaves * STEPS_PER_OCTAVE + 1e-9), 0, CODE_MAX);
        return code > 0 && scale(code) < wanted ? code - 1 : code;
    }
}
