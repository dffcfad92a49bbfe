package io.fleetwright.scheduler.predict;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Weights of 0 or more with the least {@code w^T Q w - 2 b^T w}, by the active sets of Lawson and Hanson (1974, chapter 23): weights
 * that should grow are freed one by one, and on the way to the optimum of the free ones those that would go below 0 are held there.
 */
final class NonNegativeLeastSquares {
    /** A gradient below this share of the largest is rounding. */
    private static final double NOTHING = 1e-12;

    private static final int ROUNDS_PER_WEIGHT = 10;

    private NonNegativeLeastSquares() {}

    /**
     * The only optimum.
     *
     * @param q positive definite
     */
    static double[] solve(double[][] q, double[] b) {
        int n = b.length;
        var weights = new double[n];
        var free = new boolean[n];
        double nothing = NOTHING * Arrays.stream(b).map(Math::abs).max().orElse(0);
        for (int round = 0; round < ROUNDS_PER_WEIGHT * n; round++) {
            int next = steepest(q, b, weights, free, nothing);
            if (next < 0) {
                break;
            }
            free[next] = true;
            double[] optimum = optimum(q, b, free);
            while (goesBelow(optimum, free)) {
                hold(weights, optimum, free);
                optimum = optimum(q, b, free);
            }
            weights = optimum;
        }
        return weights;
    }

    /** Of the weights that are held at 0 the one whose growth helps most; negative when none does. */
    private static int steepest(double[][] q, double[] b, double[] weights, boolean[] free, double nothing) {
        int best = -1;
        double most = nothing;
        for (int j = 0; j < b.length; j++) {
            if (!free[j]) {
                double gain = b[j];
                for (int k = 0; k < b.length; k++) {
                    gain -= q[j][k] * weights[k];
                }
                if (gain > most) {
                    most = gain;
                    best = j;
                }
            }
        }
        return best;
    }

    private static boolean goesBelow(double[] optimum, boolean[] free) {
        for (int j = 0; j < optimum.length; j++) {
            if (free[j] && optimum[j] <= 0) {
                return true;
            }
        }
        return false;
    }

    /** Goes towards the optimum until the first weights reach 0, and holds those. */
    private static void hold(double[] weights, double[] optimum, boolean[] free) {
        double share = 1;
        for (int j = 0; j < weights.length; j++) {
            if (free[j] && optimum[j] <= 0) {
                share = Math.min(share, weights[j] / (weights[j] - optimum[j]));
            }
        }
        for (int j = 0; j < weights.length; j++) {
            if (free[j]) {
                double moved = weights[j] + share * (optimum[j] - weights[j]);
                boolean reached = optimum[j] <= 0 && weights[j] / (weights[j] - optimum[j]) <= share;
                weights[j] = reached ? 0 : moved;
                free[j] = !reached;
            }
        }
    }

    /** Where the free weights would be best without the limit; the others are 0. */
    private static double[] optimum(double[][] q, double[] b, boolean[] free) {
        int[] at = IntStream.range(0, b.length).filter(j -> free[j]).toArray();
        var system = new double[at.length][at.length + 1];
        for (int i = 0; i < at.length; i++) {
            for (int j = 0; j < at.length; j++) {
                system[i][j] = q[at[i]][at[j]];
            }
            system[i][at.length] = b[at[i]];
        }
        double[] solved = LinearSystem.solved(system);
        var result = new double[b.length];
        for (int i = 0; i < at.length; i++) {
            result[at[i]] = solved[i];
        }
        return result;
    }
}
