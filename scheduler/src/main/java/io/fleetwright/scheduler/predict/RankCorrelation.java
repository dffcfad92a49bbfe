package io.fleetwright.scheduler.predict;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Spearman's correlation of ranks; equal values share the mean of their ranks. */
public final class RankCorrelation {
    private RankCorrelation() {}

    /**
     * From -1 to 1; 0 when one side is all the same.
     *
     * @throws IllegalArgumentException when both are not equally long, or shorter than two
     */
    public static double of(double[] left, double[] right) {
        if (left.length != right.length || left.length < 2) {
            throw new IllegalArgumentException("%d and %d values".formatted(left.length, right.length));
        }
        double[] x = ranks(left);
        double[] y = ranks(right);
        double mean = (left.length - 1) / 2.0;
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - mean) * (y[i] - mean);
            xx += (x[i] - mean) * (x[i] - mean);
            yy += (y[i] - mean) * (y[i] - mean);
        }
        return xx == 0 || yy == 0 ? 0 : xy / Math.sqrt(xx * yy);
    }

    private static double[] ranks(double[] values) {
        List<Integer> order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .toList();
        var ranks = new double[values.length];
        for (int from = 0; from < ranks.length; ) {
            int to = from + 1;
            while (to < ranks.length && values[order.get(to)] == values[order.get(from)]) {
                to++;
            }
            for (int at = from; at < to; at++) {
                ranks[order.get(at)] = (from + to - 1) / 2.0;
            }
            from = to;
        }
        return ranks;
    }
}
