package io.fleetwright.controller.stream;

import java.time.Duration;

/**
 * How much slower than expected a device is, by what windows of streams show. Pure. The factor that plans count with follows the mean of
 * the windows only when that has been a fifth away from it for {@value #AWAY_WINDOWS} windows.
 *
 * @param seenRatio mean of the newest windows
 * @param factor at least 1, at most {@value #FACTOR_MAX}
 * @param away windows in a row whose mean is far from the factor
 */
record Pace(double seenRatio, double factor, int away) {
    static final Pace EXPECTED = new Pace(1, 1, 0);
    /** Without windows for so long a device is tried as it was expected. */
    static final Duration FRESH = Duration.ofMinutes(10);

    static final int AWAY_WINDOWS = 3;
    static final double FACTOR_MAX = 16;
    private static final double NEWEST_WEIGHT = 0.3;
    private static final double AWAY = Math.log(1.2);

    /**
     * With one more window.
     *
     * @param ratio of what was seen to what was expected, above 0
     */
    Pace after(double ratio) {
        double clipped = Math.clamp(ratio, 1 / FACTOR_MAX, FACTOR_MAX);
        double mean = seenRatio * Math.pow(clipped / seenRatio, NEWEST_WEIGHT);
        // Faster than expected is no reason to plan more tightly: results teach that.
        double wanted = Math.max(1, mean);
        int now = Math.abs(Math.log(wanted / factor)) > AWAY ? away + 1 : 0;
        return now < AWAY_WINDOWS ? new Pace(mean, factor, now) : new Pace(mean, wanted, 0);
    }
}
