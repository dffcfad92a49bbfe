package io.fleetwright.forge.evaluate;

/**
 * By how much two ways of answering the same inputs differ in their share of right answers, with its 95 % interval: the score interval
 * for paired proportions, which holds for few inputs and where no answer differs.
 *
 * @param n inputs answered both ways
 * @param lost inputs that the first way answers rightly and the second wrongly
 * @param gained inputs that the second way answers rightly and the first wrongly
 * @param loss {@code (lost - gained) / n}, -1 to 1
 * @param low95 lower end of the interval, -1 to {@code loss}
 * @param high95 upper end of the interval, {@code loss} to 1
 * @see "Tango, Equivalence test and confidence interval for the difference in proportions for the paired-sample design, 1998"
 */
public record PairedLoss(int n, int lost, int gained, double loss, double low95, double high95) {
    private static final double Z95 = 1.959963984540054;
    /** Halves an interval of 2 to less than the spacing of doubles near 1. */
    private static final int HALVINGS = 60;

    /** @throws IllegalArgumentException unless {@code n} is at least 1 and {@code lost + gained} from 0 to {@code n} */
    public static PairedLoss of(int n, int lost, int gained) {
        if (n < 1 || lost < 0 || gained < 0 || (long) lost + gained > n) {
            throw new IllegalArgumentException(
                    "lost (%d) and gained (%d) must be at least 0 and at most n (%d) together, n at least 1"
                            .formatted(lost, gained, n));
        }
        return new PairedLoss(
                n, lost, gained, (double) (lost - gained) / n, -upper(n, gained, lost), upper(n, lost, gained));
    }

    /** Of two ways that give the same for certain: nothing is lost, and no interval is needed. */
    public static PairedLoss none(int n) {
        return new PairedLoss(n, 0, 0, 0, 0, 0);
    }

    /** The largest difference that the score test does not reject; it falls as the difference grows. */
    private static double upper(int n, int lost, int gained) {
        double accepted = (double) (lost - gained) / n;
        double rejected = 1;
        for (int round = 0; round < HALVINGS; round++) {
            double middle = (accepted + rejected) / 2;
            if (score(n, lost, gained, middle) >= -Z95) {
                accepted = middle;
            } else {
                rejected = middle;
            }
        }
        return accepted;
    }

    /**
     * How many standard deviations the observed difference lies above an assumed one, with the share of gains that is most likely
     * under that one.
     */
    static double score(int n, int lost, int gained, double difference) {
        double linear = (2.0 * n - lost + gained) * difference - lost - gained;
        double constant = -gained * difference * (1 - difference);
        double gains = (Math.sqrt(linear * linear - 8.0 * n * constant) - linear) / (4.0 * n);
        double variance = n * (2 * gains + difference * (1 - difference));
        double above = lost - gained - n * difference;
        return variance <= 0 ? Math.signum(above) * Double.POSITIVE_INFINITY : above / Math.sqrt(variance);
    }

    /** Whether nothing can be lost, as of {@link #none}. */
    public boolean isExact() {
        return low95 == high95;
    }
}
