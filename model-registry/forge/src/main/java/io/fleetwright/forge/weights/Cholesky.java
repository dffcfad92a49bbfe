package io.fleetwright.forge.weights;

import java.util.Arrays;

/** Triangular factors of symmetric positive matrices, {@code [n][n]} by rows. */
final class Cholesky {
    private Cholesky() {}

    /**
     * The upper triangle {@code U} with {@code U^T U = A^-1}.
     *
     * @throws IllegalArgumentException if {@code a} is not positive definite
     */
    static double[] upperOfInverse(double[] a, int n) {
        return transposed(lower(inverse(a, n), n), n);
    }

    /** The lower triangle {@code L} with {@code L L^T = A}. */
    static double[] lower(double[] a, int n) {
        var lower = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = a[i * n + j];
                for (int k = 0; k < j; k++) {
                    sum -= lower[i * n + k] * lower[j * n + k];
                }
                if (i != j) {
                    lower[i * n + j] = sum / lower[j * n + j];
                } else if (sum > 0) {
                    lower[i * n + i] = Math.sqrt(sum);
                } else {
                    throw new IllegalArgumentException("pivot %d (%s) must be above 0".formatted(i, sum));
                }
            }
        }
        return lower;
    }

    /** {@code A^-1}, column by column of the identity. */
    static double[] inverse(double[] a, int n) {
        double[] lower = lower(a, n);
        var inverse = new double[n * n];
        var column = new double[n];
        for (int c = 0; c < n; c++) {
            Arrays.fill(column, 0);
            column[c] = 1;
            solve(lower, column, c);
            for (int i = 0; i < n; i++) {
                inverse[i * n + c] = column[i];
            }
        }
        return inverse;
    }

    /** {@code (L L^T)^-1 right}. */
    static double[] solved(double[] lower, double[] right) {
        double[] result = right.clone();
        solve(lower, result, 0);
        return result;
    }

    /** Solves in place; {@code right} is 0 before {@code from}. */
    private static void solve(double[] lower, double[] right, int from) {
        int n = right.length;
        for (int i = from; i < n; i++) {
            double sum = right[i];
            for (int k = from; k < i; k++) {
                sum -= lower[i * n + k] * right[k];
            }
            right[i] = sum / lower[i * n + i];
        }
        for (int i = n - 1; i >= 0; i--) {
            double sum = right[i];
            for (int k = i + 1; k < n; k++) {
                sum -= lower[k * n + i] * right[k];
            }
            right[i] = sum / lower[i * n + i];
        }
    }

    private static double[] transposed(double[] a, int n) {
        var result = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                result[j * n + i] = a[i * n + j];
            }
        }
        return result;
    }
}
