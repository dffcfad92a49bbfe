package io.fleetwright.controller.gate;

/**
 * Mixture sequential test of a mean with unknown variance: {@code mean <= tolerated} against {@code mean >= worse}.
 *
 * <p>With the variance s2 known, and a normal mixture of variance t2 over the mean's distance d from the hypothesis,
 * {@code Lambda = sqrt(s2/(s2 + n t2)) exp(n^2 t2 d^2 / (2 s2 (s2 + n t2)))}. Here the mixture is over d/s, of variance 1, and s
 * is integrated out with its invariant prior, which is exact for normal samples from the second one on:
 * {@code Lambda = sqrt(1/(n+1)) (V / (V - S^2/(n+1)))^(n/2)} with S and V the sums of the samples and of their squares, taken
 * from the hypothesis. Worse once Lambda of {@code tolerated} reached 1/alpha with the mean above it; not worse once Lambda
 * of {@code worse} reached 1/beta with the mean below it; at three times the samples of the fixed test the middle decides.
 *
 * @param tolerated mean that is tolerated
 * @param worse mean that must be found, above {@code tolerated}
 * @see "Johari, Pekelis, Walsh: Always Valid Inference, 2015 (mixture SPRT); Wang, Ramdas: Anytime-valid t-tests, 2023"
 */
public record MeanSprt(double tolerated, double worse, double alpha, double beta) implements SequentialTest {
    private static final int TRUNCATE_AT = 3;
    private static final int TRUNCATED_SAMPLES_MIN = 30;

    public MeanSprt {
        if (!(tolerated < worse) || !Double.isFinite(worse - tolerated)) {
            throw new IllegalArgumentException("tolerated (%s) must be below worse (%s)".formatted(tolerated, worse));
        }
        Errors.require(alpha, beta);
    }

    @Override
    public double logRatio(Evidence all) {
        return all.sum() > all.count() * tolerated ? mixture(all, tolerated) : 0;
    }

    @Override
    public Decision decide(Evidence all) {
        if (all.count() < 2) {
            return Decision.OPEN;
        }
        double mean = all.sum() / all.count();
        if (logRatio(all) >= -Math.log(alpha)) {
            return Decision.REJECTED;
        }
        if (mean < worse && mixture(all, worse) >= -Math.log(beta)) {
            return Decision.ACCEPTED;
        }
        if (all.count() >= Math.max(TRUNCATED_SAMPLES_MIN, TRUNCATE_AT * fixedSamples(all))) {
            return mean > (tolerated + worse) / 2 ? Decision.REJECTED : Decision.ACCEPTED;
        }
        return Decision.OPEN;
    }

    /** Samples of the fixed test with the same errors, at the deviation that the evidence shows. */
    private double fixedSamples(Evidence all) {
        double mean = all.sum() / all.count();
        double variance = Math.max(0, all.squares() / all.count() - mean * mean);
        double deviations = Errors.normalQuantile(1 - alpha) + Errors.normalQuantile(1 - beta);
        return Math.pow(deviations / (worse - tolerated), 2) * variance;
    }

    /** Logarithm of Lambda for one hypothesis of the mean. */
    private static double mixture(Evidence all, double hypothesis) {
        long n = all.count();
        double sum = all.sum() - n * hypothesis;
        double squares = all.squares() - 2 * hypothesis * all.sum() + n * hypothesis * hypothesis;
        double prior = -0.5 * Math.log(n + 1.0);
        if (n < 2 || squares <= 0) {
            return prior;
        }
        // At least squares/(n+1) by Cauchy and Schwarz; rounding must not pass that.
        double left = Math.max(squares - sum * sum / (n + 1.0), squares / (n + 1.0));
        return prior + n / 2.0 * Math.log(squares / left);
    }
}
