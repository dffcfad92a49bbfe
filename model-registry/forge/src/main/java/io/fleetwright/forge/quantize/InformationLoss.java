package io.fleetwright.forge.quantize;

/**
 * Where to cut a histogram so that the least information is lost when the rest is put into 128 levels: the smallest
 * Kullback-Leibler divergence between the cut histogram and its coarse version (Migacz, 2017).
 */
final class InformationLoss {
    static final int BINS = 2048;
    private static final int LEVELS = 128;

    private InformationLoss() {}

    /** The share of the bins, in (0, 1], that is best kept. */
    static double bestLimit(long[] bins) {
        int best = bins.length;
        double least = Double.POSITIVE_INFINITY;
        for (int kept = LEVELS; kept <= bins.length; kept++) {
            double loss = loss(bins, kept);
            if (loss < least) {
                least = loss;
                best = kept;
            }
        }
        return (double) best / bins.length;
    }

    /**
     * {@code sum_i p_i ln(p_i / q_i)}: p is the first {@code kept} bins with all later ones added to the last, q the
     * same bins averaged within each level over those that are not empty.
     */
    static double loss(long[] bins, int kept) {
        double total = 0;
        double inside = 0;
        for (int i = 0; i < bins.length; i++) {
            total += bins[i];
            inside += i < kept ? bins[i] : 0;
        }
        if (inside == 0) {
            return Double.POSITIVE_INFINITY;
        }
        double loss = 0;
        for (int level = 0; level < LEVELS; level++) {
            int from = level * kept / LEVELS;
            int to = (level + 1) * kept / LEVELS;
            double sum = 0;
            int filled = 0;
            for (int i = from; i < to; i++) {
                sum += bins[i];
                filled += bins[i] > 0 ? 1 : 0;
            }
            for (int i = from; i < to; i++) {
                double p = (bins[i] + (i == kept - 1 ? total - inside : 0)) / total;
                if (p > 0) {
                    double q = bins[i] > 0 ? sum / filled / inside : 0;
                    if (q == 0) {
                        return Double.POSITIVE_INFINITY;
                    }
                    loss += p * StrictMath.log(p / q);
                }
            }
        }
        return loss;
    }
}
