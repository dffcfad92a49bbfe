package io.fleetwright.forge.quantize;

/**
 * How activation ranges are chosen.
 *
 * @param kept share of the observed values a range must hold, in (0.9, 1]; 1 means minimum to maximum
 */
public record Calibration(double kept) {
    public static final Calibration MIN_MAX = new Calibration(1);

    public Calibration {
        if (!(kept > 0.9 && kept <= 1)) {
            throw new IllegalArgumentException("kept (%s) must be above 0.9 and at most 1".formatted(kept));
        }
    }
}
