package io.fleetwright.scheduler.predict;

/**
 * A device's time as a sum over what a network is made of, such as one term for each kind of block at each place: ridge regression,
 * whose strength is small, so that many measurements decide and terms that always occur together share what they cost.
 */
public final class OperatorModel {
    private static final double RIDGE = 1e-3;

    private final double[] terms;
    private final double constant;

    private OperatorModel(double[] terms, double constant) {
        this.terms = terms;
        this.constant = constant;
    }

    /**
     * Fits the terms.
     *
     * @param features {@code [network][term]}, how often each term occurs
     * @param observed of each network, as many; at least one
     */
    public static OperatorModel fit(double[][] features, double[] observed) {
        if (features.length == 0 || features.length != observed.length) {
            throw new IllegalArgumentException("networks (%d) must be at least 1 and as many as times (%d)"
                    .formatted(features.length, observed.length));
        }
        int count = features[0].length;
        var means = new double[count];
        double mean = 0;
        for (int n = 0; n < features.length; n++) {
            if (features[n].length != count) {
                throw new IllegalArgumentException(
                        "network %d has %d terms, the first %d".formatted(n, features[n].length, count));
            }
            mean += observed[n] / features.length;
            for (int i = 0; i < count; i++) {
                means[i] += features[n][i] / features.length;
            }
        }
        var q = new double[count][count + 1];
        for (int n = 0; n < features.length; n++) {
            for (int i = 0; i < count; i++) {
                double off = features[n][i] - means[i];
                if (off == 0) {
                    continue;
                }
                for (int j = 0; j < count; j++) {
                    q[i][j] += off * (features[n][j] - means[j]);
                }
                q[i][count] += off * (observed[n] - mean);
            }
        }
        for (int i = 0; i < count; i++) {
            q[i][i] += RIDGE * features.length;
        }
        double[] terms = LinearSystem.solved(q);
        double constant = mean;
        for (int i = 0; i < count; i++) {
            constant -= terms[i] * means[i];
        }
        return new OperatorModel(terms, constant);
    }

    /** What a network is expected to take. */
    public double millis(double[] features) {
        double sum = constant;
        for (int i = 0; i < terms.length; i++) {
            sum += terms[i] * features[i];
        }
        return sum;
    }
}
