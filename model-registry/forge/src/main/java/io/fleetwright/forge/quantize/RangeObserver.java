package io.fleetwright.forge.quantize;

/**
 * The range of one tensor over the calibration inputs: first its extremes, then, when values are to be cut off, a
 * histogram between them.
 */
final class RangeObserver {
    private static final int BINS = 4096;

    private double low;
    private double high;
    private final long[] bins = new long[BINS];
    private long counted;

    /** First pass. The range always holds 0. */
    void widen(float[] values) {
        for (float value : values) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
    }

    /** Second pass, over the same values. */
    void count(float[] values) {
        if (high <= low) {
            return;
        }
        for (float value : values) {
            bins[Math.min((int) ((value - low) / (high - low) * BINS), BINS - 1)]++;
        }
        counted += values.length;
    }

    /** The range that leaves out a share of {@code 1 - kept} of all values, half of it at each end that is not 0. */
    ActivationParameters parameters(double kept) {
        if (kept >= 1 || counted == 0) {
            return ActivationParameters.covering(low, high);
        }
        long cut = (long) ((1 - kept) * (low < 0 ? 0.5 : 1) * counted);
        double step = (high - low) / BINS;
        int from = 0;
        for (long left = bins[0]; low < 0 && left <= cut && from < BINS - 1; left += bins[from]) {
            from++;
        }
        int to = BINS - 1;
        for (long left = bins[to]; left <= cut && to > from; left += bins[to]) {
            to--;
        }
        return ActivationParameters.covering(low + from * step, low + (to + 1) * step);
    }
}
