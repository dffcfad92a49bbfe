package io.fleetwright.forge.weights;

/**
 * Scales of a layer in one byte each: code {@code k} is {@code 2^(exponent - k / 16)}, {@code k} in 0..255.
 *
 * <p>A channel loses at most 4.5 % of its resolution by it, and a channel of few weights pays one byte, not four.
 *
 * @param exponent of the largest scale, -126..127: a byte in the file
 */
public record ScaleCode(int exponent) {
    static final int CODE_MAX = 255;
    private static final double STEPS_PER_OCTAVE = 16;

    public ScaleCode {
        if (exponent < Float.MIN_EXPONENT || exponent > Float.MAX_EXPONENT) {
            throw new IllegalArgumentException(
                    "exponent (%d) must be in %d..%d".formatted(exponent, Float.MIN_EXPONENT, Float.MAX_EXPONENT));
        }
    }

    /** Codes of which one says {@code widest} or a little more. */
    static ScaleCode reaching(double widest) {
        int below = Math.getExponent(Math.max(widest, Float.MIN_NORMAL));
        return new ScaleCode(Math.min(Math.scalb(1.0, below) < widest ? below + 1 : below, Float.MAX_EXPONENT));
    }

    /** The scale that a code says. */
    public float scale(int code) {
        if (code < 0 || code > CODE_MAX) {
            throw new IllegalArgumentException("code (%d) must be in 0..%d".formatted(code, CODE_MAX));
        }
        return (float) StrictMath.pow(2, exponent - code / STEPS_PER_OCTAVE);
    }

    /** The code of the smallest scale that is at least {@code wanted}, or of the nearest there is. */
    int codeOf(double wanted) {
        if (!(wanted > 0)) {
            return CODE_MAX;
        }
        double octaves = exponent - StrictMath.log(wanted) / StrictMath.log(2);
        int code = (int) Math.clamp(Math.floor(octaves * STEPS_PER_OCTAVE + 1e-9), 0, CODE_MAX);
        return code > 0 && scale(code) < wanted ? code - 1 : code;
    }
}
