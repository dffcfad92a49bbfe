package io.fleetwright.zoo.train;

/** Trained values with Adam's two moments (Kingma and Ba, 2015); shared by all shards, changed between steps only. */
final class Parameter {
    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final float EPSILON = 1e-8f;

    final float[] value;
    private final float[] mean;
    private final float[] square;

    Parameter(int length) {
        value = new float[length];
        mean = new float[length];
        square = new float[length];
    }

    /** One Adam step; {@code step} counts from 1. */
    void update(float[] gradient, double rate, int step) {
        double unbias1 = 1 - StrictMath.pow(BETA1, step);
        double unbias2 = 1 - StrictMath.pow(BETA2, step);
        float scale = (float) (rate / unbias1);
        float root = (float) (1 / Math.sqrt(unbias2));
        for (int i = 0; i < value.length; i++) {
            float g = gradient[i];
            mean[i] = BETA1 * mean[i] + (1 - BETA1) * g;
            square[i] = BETA2 * square[i] + (1 - BETA2) * g * g;
            value[i] -= scale * mean[i] / ((float) Math.sqrt(square[i]) * root + EPSILON);
        }
    }
}
