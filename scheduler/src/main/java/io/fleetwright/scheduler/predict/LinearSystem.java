package io.fleetwright.scheduler.predict;

/** Equations with as many unknowns. */
final class LinearSystem {
    private LinearSystem() {}

    /** Gaussian elimination without pivots, since the matrix is positive definite; the last column is the right side. */
    static double[] solved(double[][] q) {
        int count = q.length;
        for (int i = 0; i < count; i++) {
            for (int r = i + 1; r < count; r++) {
                double factor = q[r][i] / q[i][i];
                for (int c = i; factor != 0 && c <= count; c++) {
                    q[r][c] -= factor * q[i][c];
                }
            }
        }
        var result = new double[count];
        for (int i = count - 1; i >= 0; i--) {
            double sum = q[i][count];
            for (int c = i + 1; c < count; c++) {
                sum -= q[i][c] * result[c];
            }
            result[i] = sum / q[i][i];
        }
        return result;
    }
}
