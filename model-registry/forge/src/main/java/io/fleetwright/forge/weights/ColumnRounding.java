package io.fleetwright.forge.weights;

/** Rounds one weight after the other and lets the later ones make up for it (Frantar et al., 2023, algorithm 1). */
final class ColumnRounding {
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
}
