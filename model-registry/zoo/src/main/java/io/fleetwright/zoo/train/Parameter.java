package io.fleetwright.zoo.train;

import java.util.Arrays;

/**
 * Trained values with Adam's two moments (Kingma and Ba, 2015); shared by all shards, changed between steps only.
 * Gradients of a step are gathered first, in an order that the caller fixes.
 */
final class Parameter {
    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final float EPSILON = 1e-8f;

    final float[] value;
    private final float[] mean;
    private final float[] square;
    private final float[] gradientSum;
    private boolean touched;
    private int step;

    Parameter(int length) {
        value = new float[length];
        mean = new float[length];
        square = new float[length];
        gradientSum = new float[length];
    }

    /** Adds a gradient of this step. */
    void gather(float[] gradient) {
        if (touched) {
            for (int i = 0; i < gradientSum.length; i++) {
                gradientSum[i] += gradient[i];
            }
        } else {
            System.arraycopy(gradient, 0, gradientSum, 0, gradientSum.length);
            touched = true;
        }
    }

    /** Adds what another parameter gathered, element {@code i} at position {@code positions[i]}, and empties that one. */
    void gather(Parameter part, int[] positions) {
        if (!part.touched) {
            return;
        }
        if (!touched) {
            Arrays.fill(gradientSum, 0);
            touched = true;
        }
        for (int i = 0; i < positions.length; i++) {
            gradientSum[positions[i]] += part.gradientSum[i];
        }
        part.touched = false;
    }

    /** One Adam step with what was gathered since the last one; nothing when that is nothing. */
    void update(double rate) {
        if (!touched) {
            return;
        }
        touched = false;
        step++;
        double unbias1 = 1 - StrictMath.pow(BETA1, step);
        double unbias2 = 1 - StrictMath.pow(BETA2, step);
        float scale = (float) (rate / unbias1);
        float root = (float) (1 / Math.sqrt(unbias2));
        for (int i = 0; i < value.length; i++) {
            float g = gradientSum[i];
            mean[i] = BETA1 * mean[i] + (1 - BETA1) * g;
            square[i] = BETA2 * square[i] + (1 - BETA2) * g * g;
            value[i] -= scale * mean[i] / ((float) Math.sqrt(square[i]) * root + EPSILON);
        }
    }
}
