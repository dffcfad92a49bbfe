package io.fleetwright.scheduler.online;

import java.util.SplittableRandom;

/**
 * Scores a task on a device: one hidden layer of leaky rectifiers, and a linear path beside it.
 *
 * <p>{@code hidden[h] = leaky(b[h] + sum_f W[f][h] x[f])}, {@code out[o] = c[o] + sum_h V[h][o] hidden[h] + sum_f S[f][o] x[f]},
 * where {@code x} are the features of the task, then those of the pair. What the task contributes is computed once by
 * {@link #prepare} and shared by all its devices. Nothing but sums, products and comparisons of doubles in a fixed order: the same
 * weights give the same bits on every machine. Immutable, safe to share between threads.
 *
 * @see "Mao et al., Decima, SIGCOMM 2019, and DeepSoCS, 2020: scores of ready tasks by a small network"
 */
public final class PairNetwork {
    public static final int HIDDEN = 16;
    /** Output that corrects the finish. */
    static final int CORRECTION = 0;
    /** Output that moves the task in its device's line. */
    static final int SHIFT = 1;

    static final int OUTPUTS = 2;
    /** Doubles that {@link #prepare} writes. */
    static final int PREPARED = HIDDEN + OUTPUTS;

    private static final int INPUTS = PairFeatures.TASK + PairFeatures.PAIR;
    private static final int HIDDEN_BIAS = INPUTS * HIDDEN;
    private static final int LAST = HIDDEN_BIAS + HIDDEN;
    private static final int DIRECT = LAST + HIDDEN * OUTPUTS;
    private static final int OUTPUT_BIAS = DIRECT + INPUTS * OUTPUTS;
    /** All weights: W, b, V, S, c, each row by row. */
    public static final int WEIGHTS = OUTPUT_BIAS + OUTPUTS;

    private static final double LEAK = 0.1;
    /** No weight is larger; with it no score leaves the range of doubles. */
    public static final double WEIGHT_MAX = 1e6;

    private final double[] weights;

    /**
     * @param weights length {@link #WEIGHTS}, each finite and at most {@link #WEIGHT_MAX} in size
     * @throws IllegalArgumentException naming the first one that is not
     */
    public PairNetwork(double[] weights) {
        if (weights.length != WEIGHTS) {
            throw new IllegalArgumentException("weights (%d) must be %d".formatted(weights.length, WEIGHTS));
        }
        for (int i = 0; i < WEIGHTS; i++) {
            if (!(Math.abs(weights[i]) <= WEIGHT_MAX)) {
                throw new IllegalArgumentException(
                        "weight %d (%s) must be within %s of 0".formatted(i, weights[i], WEIGHT_MAX));
            }
        }
        this.weights = weights.clone();
    }

    /** Random first layer, nothing behind it: every output is 0, so that whoever uses it decides as without a network. */
    public static PairNetwork initial(long seed) {
        var random = new SplittableRandom(seed);
        double[] weights = new double[WEIGHTS];
        double deviation = Math.sqrt(2.0 / INPUTS);
        for (int i = 0; i < LAST; i++) {
            weights[i] = (float) (deviation * random.nextGaussian());
        }
        return new PairNetwork(weights);
    }

    /** Length {@link #WEIGHTS}. */
    public double[] weights() {
        return weights.clone();
    }

    /**
     * What the features of a task contribute.
     *
     * @param task length {@link PairFeatures#TASK}
     * @param prepared written from {@code at} on, {@link #PREPARED} doubles
     */
    void prepare(double[] task, double[] prepared, int at) {
        System.arraycopy(weights, HIDDEN_BIAS, prepared, at, HIDDEN);
        System.arraycopy(weights, OUTPUT_BIAS, prepared, at + HIDDEN, OUTPUTS);
        for (int f = 0; f < PairFeatures.TASK; f++) {
            double value = task[f];
            for (int h = 0; h < HIDDEN; h++) {
                prepared[at + h] += weights[f * HIDDEN + h] * value;
            }
            for (int o = 0; o < OUTPUTS; o++) {
                prepared[at + HIDDEN + o] += weights[DIRECT + f * OUTPUTS + o] * value;
            }
        }
    }

    /**
     * One output for a pair.
     *
     * @param prepared of the task, from {@code at} on
     * @param pair length {@link PairFeatures#PAIR}
     * @param output {@link #CORRECTION} or {@link #SHIFT}
     */
    double output(double[] prepared, int at, double[] pair, int output) {
        double sum = prepared[at + HIDDEN + output];
        for (int f = 0; f < PairFeatures.PAIR; f++) {
            sum += weights[DIRECT + (PairFeatures.TASK + f) * OUTPUTS + output] * pair[f];
        }
        for (int h = 0; h < HIDDEN; h++) {
            double hidden = prepared[at + h];
            for (int f = 0; f < PairFeatures.PAIR; f++) {
                hidden += weights[(PairFeatures.TASK + f) * HIDDEN + h] * pair[f];
            }
            sum += weights[LAST + h * OUTPUTS + output] * (hidden > 0 ? hidden : LEAK * hidden);
        }
        return sum;
    }
}
