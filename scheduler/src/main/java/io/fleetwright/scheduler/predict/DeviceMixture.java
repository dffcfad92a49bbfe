package io.fleetwright.scheduler.predict;

import java.util.Arrays;

/**
 * Predicts a device that few networks were measured on as a mixture of known ones: the latency of a network is
 * {@code sum_j w_j F_j} with {@code w_j >= 0}, where {@code F_j} is its latency on known device {@code j} over that device's median.
 *
 * <p>The weights are those with the least relative squared error on the probes, drawn towards equal ones, so that two probes say
 * something and fifty everything. The uncertainty is what leaving each probe out in turn costs, in logarithms. Immutable.
 */
public final class DeviceMixture {
    /** How strongly few probes are drawn to equal weights. */
    private static final double GAMMA = 0.03;

    /** What is left of a finished task's say when the next one finishes. */
    private static final double FORGETTING = 0.995;

    /** Standard deviations from the middle to the 90th percentile of a normal. */
    private static final double P90 = 1.2815515655446004;

    /** Without two probes nothing is known about the spread; published figures differ by as much. */
    private static final double SPREAD_UNKNOWN = 0.3;

    private final double[] medians;
    private final double[][] q;
    private final double[] b;
    private final double[] weights;
    private final double spread;

    private DeviceMixture(double[] medians, double[][] q, double[] b, double[] weights, double spread) {
        this.medians = medians;
        this.q = q;
        this.b = b;
        this.weights = weights;
        this.spread = spread;
    }

    /**
     * Fits the weights.
     *
     * @param medians of each known device over all networks measured on it, above 0
     * @param known {@code [probe][device]}, above 0, in the unit of {@code observed}
     * @param observed of each probe, above 0; at least one
     */
    public static DeviceMixture fit(double[] medians, double[][] known, double[] observed) {
        check(medians, known, observed);
        var spread = new double[observed.length];
        for (int left = 0; left < observed.length && observed.length > 1; left++) {
            DeviceMixture others = fit(medians, known, observed, left, 0);
            spread[left] = Math.log(observed[left] / others.millis(known[left]));
        }
        double variance = Arrays.stream(spread).map(off -> off * off).sum() / Math.max(1, observed.length - 1);
        return fit(medians, known, observed, -1, observed.length > 1 ? Math.sqrt(variance) : SPREAD_UNKNOWN);
    }

    private static void check(double[] medians, double[][] known, double[] observed) {
        if (observed.length == 0 || known.length != observed.length || medians.length == 0) {
            throw new IllegalArgumentException(
                    "probes (%d) must be at least 1 and have as many observations (%d); known devices (%d) at least 1"
                            .formatted(known.length, observed.length, medians.length));
        }
        for (int i = 0; i < known.length; i++) {
            if (known[i].length != medians.length) {
                throw new IllegalArgumentException(
                        "probe %d has %d latencies of %d devices".formatted(i, known[i].length, medians.length));
            }
        }
        boolean positive = Arrays.stream(medians).allMatch(DeviceMixture::isPositive)
                && Arrays.stream(observed).allMatch(DeviceMixture::isPositive)
                && Arrays.stream(known).flatMapToDouble(Arrays::stream).allMatch(DeviceMixture::isPositive);
        if (!positive) {
            throw new IllegalArgumentException("latencies must be finite and above 0");
        }
    }

    private static boolean isPositive(double value) {
        return value > 0 && Double.isFinite(value);
    }

    private static DeviceMixture fit(
            double[] medians, double[][] known, double[] observed, int without, double spread) {
        int devices = medians.length;
        var q = new double[devices][devices];
        var b = new double[devices];
        var ratios = new double[observed.length - (without < 0 ? 0 : 1)];
        int kept = 0;
        for (int i = 0; i < observed.length; i++) {
            if (i != without) {
                double[] row = row(medians, known[i]);
                ratios[kept++] = observed[i] / Arrays.stream(row).average().orElseThrow();
                add(q, b, row, observed[i]);
            }
        }
        // Equal weights that give the middle probe.
        double size = median(ratios);
        double equal = size / devices;
        double ridge = GAMMA / (size * size);
        for (int j = 0; j < devices; j++) {
            q[j][j] += ridge;
            b[j] += ridge * equal;
        }
        return new DeviceMixture(medians.clone(), q, b, NonNegativeLeastSquares.solve(q, b), spread);
    }

    private static double[] row(double[] medians, double[] known) {
        var row = new double[medians.length];
        for (int j = 0; j < row.length; j++) {
            row[j] = known[j] / medians[j];
        }
        return row;
    }

    /** The relative error of a prediction is {@code a w - 1} with {@code a = row / observed}. */
    private static void add(double[][] q, double[] b, double[] row, double observed) {
        for (int j = 0; j < row.length; j++) {
            b[j] += row[j] / observed;
            for (int k = 0; k < row.length; k++) {
                q[j][k] += row[j] * row[k] / (observed * observed);
            }
        }
    }

    /** The middle value, of an even number the mean of both. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** What a network is expected to take here, by what it takes on each known device. */
    public double millis(double[] known) {
        double sum = 0;
        for (int j = 0; j < weights.length; j++) {
            sum += weights[j] * known[j] / medians[j];
        }
        return sum;
    }

    /** What nine of ten networks for which this is told will not exceed; plans use it. */
    public double p90Millis(double[] known) {
        return millis(known) * Math.exp(P90 * spread);
    }

    /** Standard deviation of the logarithm of observed over predicted, by leaving each probe out in turn. */
    public double spread() {
        return spread;
    }

    /** How much of each known device is in this one; 0 or more. */
    public double[] weights() {
        return weights.clone();
    }

    /** True while more probes should be asked for. */
    public boolean isTooUncertain(double spreadMax) {
        return spread > spreadMax;
    }

    /** Takes in a finished task; older ones count for half after 138 more. */
    public DeviceMixture observe(double[] known, double observed) {
        check(medians, new double[][] {known}, new double[] {observed});
        var more = new double[q.length][];
        var moreB = new double[b.length];
        for (int j = 0; j < q.length; j++) {
            moreB[j] = FORGETTING * b[j];
            more[j] = q[j].clone();
            for (int k = 0; k < q.length; k++) {
                more[j][k] *= FORGETTING;
            }
        }
        add(more, moreB, row(medians, known), observed);
        return new DeviceMixture(medians, more, moreB, NonNegativeLeastSquares.solve(more, moreB), spread);
    }
}
