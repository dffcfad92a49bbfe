package io.fleetwright.controller.gate;

/** Error probabilities of a test. */
final class Errors {
    /** Least probability that a new test may be asked for: samples without end decide nothing for less. */
    static final double PROBABILITY_MIN = 1e-9;

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
     * What a standard normal variable is above with that probability, to 4.5e-4.
     *
     * @param tail above 0, at most 0.5
     * @see "Abramowitz, Stegun, Handbook of Mathematical Functions, 26.2.23"
     */
    static double upperQuantile(double tail) {
        double t = Math.sqrt(-2 * Math.log(tail));
        return t - (TAIL[0] + t * (TAIL[1] + t * TAIL[2])) / (1 + t * (TAIL[3] + t * (TAIL[4] + t * TAIL[5])));
    }
}
