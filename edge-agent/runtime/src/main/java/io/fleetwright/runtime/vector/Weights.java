package io.fleetwright.runtime.vector;

/**
 * Weights of a convolution as a matrix.
 *
 * @param units output channels
 * @param depth products per output, kernel row-major and input channels innermost
 * @param weights {@code [units][depth]}
 */
record Weights(int units, int depth, byte[] weights) {
    int at(int unit, int k) {
        return weights[unit * depth + k];
    }

    /** Largest magnitude of a sum of products with int8 values, per unit. */
    long[] sumMax() {
        long[] most = new long[units];
        for (int unit = 0; unit < units; unit++) {
            for (int k = 0; k < depth; k++) {
                most[unit] += 128L * Math.abs(at(unit, k));
            }
        }
        return most;
    }
}
