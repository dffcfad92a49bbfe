package io.fleetwright.forge.quantize;

/** A normal value with everything below 0 put to 0, which is what a ReLU makes of one. */
final class ClippedNormal {
    private static final double ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

    private ClippedNormal() {}

    /** {@code mean * Phi(mean / deviation) + deviation * phi(mean / deviation)}. */
    static double mean(double mean, double deviation) {
        if (deviation <= 0) {
            return Math.max(mean, 0);
        }
        double z = mean / deviation;
        double density = StrictMath.exp(-z * z / 2) / ROOT_TWO_PI;
        return mean * cumulative(z) + deviation * density;
    }

    /** Error below 7.5e-8 (Abramowitz and Stegun, 1964, formula 26.2.17). */
    private static double cumulative(double z) {
        double t = 1 / (1 + 0.2316419 * Math.abs(z));
        double sum = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        double tail = sum * StrictMath.exp(-z * z / 2) / ROOT_TWO_PI;
        return z >= 0 ? 1 - tail : tail;
    }
}
