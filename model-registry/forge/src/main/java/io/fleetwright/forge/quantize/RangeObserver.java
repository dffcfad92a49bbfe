package io.fleetwright.forge.quantize;

/**
 * The range of one tensor over the calibration inputs: first its extremes and their moving average, then, when values
 * are to be cut off, a histogram between them.
 */
final class RangeObserver {
    private static final int BINS = 4096;
    private static final int CLIP_STEPS = 100;
    private static final double MOMENTUM = 0.95;

    private double low;
    private double high;
    private double averageLow;
    private double averageHigh;
    private boolean averaged;
    private final long[] bins = new long[BINS];
    private long counted;

    /** First pass. The range always holds 0. */
    void widen(float[] values) {
        double least = 0;
        double most = 0;
        for (float value : values) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        low = Math.min(low, least);
        high = Math.max(high, most);
        averageLow = averaged ? MOMENTUM * averageLow + (1 - MOMENTUM) * least : least;
        averageHigh = averaged ? MOMENTUM * averageHigh + (1 - MOMENTUM) * most : most;
        averaged = true;
    }

    /** True when every value was 0. */
    boolean isEmpty() {
        return high <= low;
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

    /** The range by one method, after both passes. */
    ActivationParameters parameters(RangeMethod method) {
        return switch (method) {
            case MIN_MAX -> parameters(1);
            case PERCENTILE_999 -> parameters(0.999);
            case PERCENTILE_9999 -> parameters(0.9999);
            case MSE -> leastError();
            case KL -> {
                double limit = InformationLoss.bestLimit(sizes()) * Math.max(high, -low);
                yield ActivationParameters.covering(Math.max(low, -limit), Math.min(high, limit));
            }
            case MOVING_AVERAGE -> ActivationParameters.covering(averageLow, averageHigh);
        };
    }

    private ActivationParameters leastError() {
        ActivationParameters best = ActivationParameters.covering(low, high);
        double least = squaredError(best);
        for (int step = 1; step < CLIP_STEPS; step++) {
            double share = (double) step / CLIP_STEPS;
            ActivationParameters candidate = ActivationParameters.covering(low * share, high * share);
            double error = squaredError(candidate);
            if (error < least) {
                least = error;
                best = candidate;
            }
        }
        return best;
    }

    private double squaredError(ActivationParameters parameters) {
        double sum = 0;
        for (int bin = 0; bin < BINS; bin++) {
            if (bins[bin] > 0) {
                float value = (float) middle(bin);
                double error = parameters.real(parameters.quantize(value)) - value;
                sum += bins[bin] * error * error;
            }
        }
        return sum;
    }

    /** The histogram of absolute values, from 0 to the largest. */
    private long[] sizes() {
        var sizes = new long[InformationLoss.BINS];
        double largest = Math.max(high, -low);
        for (int bin = 0; bin < BINS; bin++) {
            int at = (int) (Math.abs(middle(bin)) / largest * sizes.length);
            sizes[Math.min(at, sizes.length - 1)] += bins[bin];
        }
        return sizes;
    }

    private double middle(int bin) {
        return low + (bin + 0.5) * (high - low) / BINS;
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
