package io.fleetwright.forge.weights;

import org.jspecify.annotations.Nullable;

/** {@code G = E[x x^T]} of a channel's inputs, and the factor that rounding column by column needs, made once. */
final class SecondMoments {
    private final double[] products;
    private final int depth;
    private double @Nullable [] factor;

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
            made = Cholesky.upperOfInverse(ColumnRounding.damped(products, depth), depth);
            factor = made;
        }
        return made;
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
