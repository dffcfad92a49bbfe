package io.fleetwright.forge.weights;

/**
 * Rounding down or up by what it does to the sums, after Nagel et al. (2020), equation 21, with greedy flips in the
 * place of a relaxed optimum.
 */
final class AdaptiveRounding {
    private static final int PASSES_MAX = 3;

    /** Below this share of the first error a decrease is rounding noise. */
    private static final double DECREASE_MIN = 1e-10;

    private AdaptiveRounding() {}

    /**
     * Flips the weight that lowers {@code d^T G d} most, until none does or each has been flipped thrice on average.
     *
     * <p>With {@code g = G d}, moving weight {@code i} by {@code s} changes the error by exactly
     * {@code 2 s g_i + s^2 G_ii}, and then {@code g} by {@code s G_i}.
     */
    static void improve(Levels allowed, double[] steps, double[] weights, double[] products, int[] levels) {
        int depth = weights.length;
        var gradient = new double[depth];
        double error = 0;
        for (int i = 0; i < depth; i++) {
            for (int j = 0; j < depth; j++) {
                gradient[i] += products[i * depth + j] * (levels[j] * steps[j] - weights[j]);
            }
            error += gradient[i] * (levels[i] * steps[i] - weights[i]);
        }
        double least = -DECREASE_MIN * error;
        for (int flip = 0; flip < PASSES_MAX * depth; flip++) {
            int best = -1;
            double change = least;
            for (int i = 0; i < depth; i++) {
                double move = (other(allowed, weights[i] / steps[i], levels[i]) - levels[i]) * steps[i];
                double by = move * (2 * gradient[i] + move * products[i * depth + i]);
                if (by < change) {
                    change = by;
                    best = i;
                }
            }
            if (best < 0) {
                return;
            }
            int level = other(allowed, weights[best] / steps[best], levels[best]);
            double move = (level - levels[best]) * steps[best];
            levels[best] = level;
            for (int j = 0; j < depth; j++) {
                gradient[j] += move * products[j * depth + best];
            }
        }
    }

    /** Of the two levels around a weight the one that it is not at. */
    private static int other(Levels allowed, double steps, int level) {
        int below = allowed.below(steps);
        return level == below ? allowed.above(steps) : below;
    }
}
