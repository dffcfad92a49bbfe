package io.fleetwright.scheduler.partition;

/**
 * Says when a split is worth planning anew, and when another plan is worth taking. Bandwidth and slowdown are followed by
 * exponentially weighted means; a plan holds while the bandwidth is within 0.8 to 1.25 of what it was made for and the slowdown within
 * 0.9 to 1.15, and another one is taken when it would gain more than a tenth three times in a row. Used by one thread.
 */
public final class SplitWatch {
    private static final double WEIGHT = 0.3;
    private static final double BANDWIDTH_LOW = 0.8;
    private static final double BANDWIDTH_HIGH = 1.25;
    private static final double SLOWDOWN_LOW = 0.9;
    private static final double SLOWDOWN_HIGH = 1.15;
    private static final double GAIN_MIN = 0.1;
    private static final int WINDOWS = 3;

    private final double plannedKbitPerSecond;
    private double kbitPerSecond;
    private double slowdown = 1;
    private int gains;

    /** @param kbitPerSecond that the plan was made for, above 0 */
    public SplitWatch(double kbitPerSecond) {
        if (!(kbitPerSecond > 0)) {
            throw new IllegalArgumentException("bandwidth (%s kbit/s) must be above 0".formatted(kbitPerSecond));
        }
        plannedKbitPerSecond = kbitPerSecond;
        this.kbitPerSecond = kbitPerSecond;
    }

    /** A transfer was seen. */
    public void transferred(long bytes, double millis) {
        if (bytes > 0 && millis > 0) {
            kbitPerSecond += WEIGHT * (Byte.SIZE * bytes / millis - kbitPerSecond);
        }
    }

    /** A stage was seen. */
    public void ran(double observedMillis, double plannedMillis) {
        if (observedMillis > 0 && plannedMillis > 0) {
            slowdown += WEIGHT * (observedMillis / plannedMillis - slowdown);
        }
    }

    public double kbitPerSecond() {
        return kbitPerSecond;
    }

    /** Observed times over planned ones. */
    public double slowdown() {
        return slowdown;
    }

    /** True when the plan was made for another link or other devices than these. */
    public boolean isOff() {
        double ratio = kbitPerSecond / plannedKbitPerSecond;
        return ratio < BANDWIDTH_LOW || ratio > BANDWIDTH_HIGH || slowdown < SLOWDOWN_LOW || slowdown > SLOWDOWN_HIGH;
    }

    /** What another plan would take now, and this one; true once the gain has lasted. */
    public boolean shouldTake(double otherMillis, double thisMillis) {
        gains = otherMillis < thisMillis * (1 - GAIN_MIN) ? gains + 1 : 0;
        return gains >= WINDOWS;
    }
}
