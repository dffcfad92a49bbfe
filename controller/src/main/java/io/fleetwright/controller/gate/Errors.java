package io.fleetwright.controller.gate;

/** Error probabilities of a test. */
final class Errors {
    private static final double[] TAIL = {2.515517, 0.802853, 0.010328, 1.432788, 0.189269, 0.001308};

    private Errors() {}

    static void require(double alpha, double beta) {
        if (!(alpha > 0 && beta > 0 && alpha + beta < 1 && alpha <= 0.5 && beta <= 0.5)) {
            throw new IllegalArgumentException(
                    "alpha (%s) and beta (%s) must be above 0, at most 0.5, and below 1 together"
                            .formatted(alpha, beta));
        }
    }

    /**
     * Quantile of the standard normal distribution, to 4.5e-4.
     *
     * @param probability from 0.5 to 1, 1 excluded
     * @see "Abramowitz, Stegun, Handbook of Mathematical Functions, 26.2.23"
     */
    static double normalQuantile(double probability) {
        double t = Math.sqrt(-2 * Math.log(1 - probability));
        return t - (TAIL[0] + t * (TAIL[1] + t * TAIL[2])) / (1 + t * (TAIL[3] + t * (TAIL[4] + t * TAIL[5])));
    }
}
