package io.fleetwright.forge.weights;

/** Rounds one weight after the other and lets the later ones make up for it (Frantar et al., 2023, algorithm 1). */
final class ColumnRounding {
    /** Added to the diagonal as a share of its mean, so that inputs that never occur do not decide. */
    private static final double DAMPING = 0.01;

    private ColumnRounding() {}

    static void round(WeightGrid grid, int channel, double[] weights, SecondMoments inputs, int[] levels) {
        int depth = weights.length;
        double[] steps = grid.steps(channel);
        double[] factor = inputs.upperOfInverse();
        double[] rest = weights.clone();
        for (int i = 0; i < depth; i++) {
            levels[i] = grid.nearest(channel, rest[i], steps[i]);
            double error = (rest[i] - levels[i] * steps[i]) / factor[i * depth + i];
            for (int j = i + 1; j < depth; j++) {
                rest[j] -= error * factor[i * depth + j];
            }
        }
    }

    /** {@code G + 0.01 mean(diag G) I}; the identity when no input was ever other than 0. */
    static double[] damped(double[] products, int depth) {
        double[] result = products.clone();
        double trace = 0;
        for (int i = 0; i < depth; i++) {
            trace += products[i * depth + i];
        }
        double damping = trace > 0 ? DAMPING * trace / depth : 1;
        for (int i = 0; i < depth; i++) {
            result[i * depth + i] += damping;
        }
        return result;
    }
}
