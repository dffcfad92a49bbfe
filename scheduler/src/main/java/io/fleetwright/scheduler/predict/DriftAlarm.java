package io.fleetwright.scheduler.predict;

/**
 * Rings when a device no longer takes what is predicted: two-sided cumulative sums of the logarithms of observed over predicted times
 * (Page, 1954), which find a lasting shift of a standard deviation after some ten tasks and ring without one about once in a
 * thousand. Used by one thread.
 */
public final class DriftAlarm {
    private static final double SLACK = 0.5;
    private static final double THRESHOLD = 5;

    private final double spread;
    private double slower;
    private double faster;

    /** @param spread standard deviation of the logarithm while all is well, above 0 */
    public DriftAlarm(double spread) {
        this(spread, 0, 0);
    }

    /**
     * Goes on where another one was.
     *
     * @param slower its {@link #slower}, at least 0
     * @param faster its {@link #faster}, at least 0
     */
    public DriftAlarm(double spread, double slower, double faster) {
        if (!(spread > 0) || !(slower >= 0) || !(faster >= 0)) {
            throw new IllegalArgumentException(
                    "spread (%s) must be above 0, sums (%s, %s) at least 0".formatted(spread, slower, faster));
        }
        this.spread = spread;
        this.slower = slower;
        this.faster = faster;
    }

    /** What speaks for a device that takes longer, in standard deviations; 0 after it rang. */
    public double slower() {
        return slower;
    }

    /** What speaks for one that takes less. */
    public double faster() {
        return faster;
    }

    /** Takes in a finished task; true when it rings, and then begins anew. */
    public boolean observe(double observedMillis, double predictedMillis) {
        if (!(observedMillis > 0) || !(predictedMillis > 0)) {
            throw new IllegalArgumentException(
                    "times (%s observed, %s predicted) must be above 0".formatted(observedMillis, predictedMillis));
        }
        double off = Math.log(observedMillis / predictedMillis) / spread;
        slower = Math.max(0, slower + off - SLACK);
        faster = Math.max(0, faster - off - SLACK);
        boolean rings = slower > THRESHOLD || faster > THRESHOLD;
        if (rings) {
            slower = 0;
            faster = 0;
        }
        return rings;
    }
}
