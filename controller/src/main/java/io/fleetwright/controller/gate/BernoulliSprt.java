package io.fleetwright.controller.gate;

/**
 * Wald's sequential probability ratio test of a share of bad samples: {@code p <= p0} against {@code p >= p1}.
 *
 * <p>{@code L = k ln(p1/p0) + (n-k) ln((1-p1)/(1-p0))}; worse at {@code L >= ln((1-beta)/alpha)}, not worse at
 * {@code L <= ln(beta/(1-alpha))}. At three times the samples of the fixed test it ends with the fixed test's decision.
 *
 * @param p0 tolerated share, above 0
 * @param p1 share that must be found, above {@code p0} and below 1
 * @param alpha probability of a false alarm at {@code p0}
 * @param beta probability of missing {@code p1}
 * @see "Wald, Sequential Tests of Statistical Hypotheses, Annals of Mathematical Statistics 16 (1945)"
 */
public record BernoulliSprt(double p0, double p1, double alpha, double beta) implements SequentialTest {
    static final double TAIL_TOLERATED = 0.05;
    static final double TAIL_WORSE = 0.08;
    static final double PAIRS_TOLERATED = 0.5;
    static final double PAIRS_WORSE = 0.6;

    /** Truncation, in samples of the fixed test. */
    private static final int TRUNCATE_AT = 3;

    public BernoulliSprt {
        if (!(p0 > 0 && p0 < p1 && p1 < 1)) {
            throw new IllegalArgumentException("p0 (%s) and p1 (%s) must be 0 < p0 < p1 < 1".formatted(p0, p1));
        }
        Errors.require(alpha, beta);
    }

    /**
     * Exceedance of a limit that one in twenty may exceed: the 95th percentile has grown beyond the limit when it is
     * exceeded by 8 %.
     */
    public static BernoulliSprt percentile95(double alpha, double beta) {
        return new BernoulliSprt(TAIL_TOLERATED, TAIL_WORSE, alpha, beta);
    }

    /**
     * Paired labelled samples, of which only those count that exactly one of two models got right: bad is "the old one
     * was right", tolerated up to one half.
     *
     * @see "McNemar, Psychometrika 12 (1947): only discordant pairs tell two classifiers apart"
     */
    public static BernoulliSprt discordant(double alpha, double beta) {
        return new BernoulliSprt(PAIRS_TOLERATED, PAIRS_WORSE, alpha, beta);
    }

    /** Samples of the fixed test with the same errors, by the normal approximation. */
    public long fixedSamples() {
        double deviations = Errors.upperQuantile(alpha) * Math.sqrt(p0 * (1 - p0))
                + Errors.upperQuantile(beta) * Math.sqrt(p1 * (1 - p1));
        return (long) Math.ceil(Math.pow(deviations / (p1 - p0), 2));
    }

    @Override
    public double logRatio(Evidence all) {
        return all.sum() * Math.log(p1 / p0) + (all.count() - all.sum()) * Math.log((1 - p1) / (1 - p0));
    }

    @Override
    public Decision decide(Evidence all) {
        double ratio = logRatio(all);
        if (ratio >= Math.log((1 - beta) / alpha)) {
            return Decision.REJECTED;
        }
        if (ratio <= Math.log(beta / (1 - alpha))) {
            return Decision.ACCEPTED;
        }
        if (all.count() >= TRUNCATE_AT * fixedSamples()) {
            return all.sum() > all.count() * criticalShare() ? Decision.REJECTED : Decision.ACCEPTED;
        }
        return Decision.OPEN;
    }

    /** Share above which the fixed test says worse. */
    private double criticalShare() {
        double below = Errors.upperQuantile(alpha) * Math.sqrt(p0 * (1 - p0));
        double above = Errors.upperQuantile(beta) * Math.sqrt(p1 * (1 - p1));
        return p0 + (p1 - p0) * below / (below + above);
    }
}
