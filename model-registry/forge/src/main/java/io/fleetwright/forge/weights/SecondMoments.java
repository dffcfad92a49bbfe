package io.fleetwright.forge.weights;

import org.jspecify.annotations.Nullable;

/** {@code G = E[x x^T]} of a channel's inputs, and its factors, each made once. */
final class SecondMoments {
    /** Added to the diagonal as a share of its mean, so that inputs that never occur do not decide. */
    static final double COLUMN_DAMPING = 0.01;

    /** From 0.03 to 0.1 all networks of the zoo do well; with less, what the calibration inputs happen to be decides. */
    static final double SOLUTION_DAMPING = 0.03;

    private final double[] products;
    private final int depth;
    private double @Nullable [] factor;
    private double @Nullable [] lower;

    /**
     * @param products {@code [depth][depth]}, symmetric; not copied
     */
    SecondMoments(double[] products, int depth) {
        this.products = products;
        this.depth = depth;
    }

    double[] products() {
        return products;
    }

    /** {@code U} with {@code U^T U = (G + damping)^-1}. */
    double[] upperOfInverse() {
        double[] made = factor;
        if (made == null) {
            made = Cholesky.upperOfInverse(damped(COLUMN_DAMPING), depth);
            factor = made;
        }
        return made;
    }

    /** {@code (G + damping)^-1 right}. */
    double[] solved(double[] right) {
        double[] made = lower;
        if (made == null) {
            made = Cholesky.lower(damped(SOLUTION_DAMPING), depth);
            lower = made;
        }
        return Cholesky.solved(made, right);
    }

    /** {@code G + share mean(diag G) I}; the identity when no input was ever other than 0. */
    double[] damped(double share) {
        double[] result = products.clone();
        double trace = 0;
        for (int i = 0; i < depth; i++) {
            trace += products[i * depth + i];
        }
        double damping = trace > 0 ? share * trace / depth : 1;
        for (int i = 0; i < depth; i++) {
            result[i * depth + i] += damping;
        }
        return result;
    }

    /** The expected squared error of a channel's sums, {@code d^T G d}. */
    double error(double[] weights, double[] steps, int[] levels) {
        var off = new double[depth];
        for (int i = 0; i < depth; i++) {
            off[i] = levels[i] * steps[i] - weights[i];
        }
        double sum = 0;
        for (int i = 0; i < depth; i++) {
            double row = 0;
            for (int j = 0; j < depth; j++) {
                row += products[i * depth + j] * off[j];
            }
            sum += off[i] * row;
        }
        return sum;
    }
}
