package io.fleetwright.scheduler.train;

import io.fleetwright.scheduler.online.LearnedPolicy;
import io.fleetwright.scheduler.online.PairNetwork;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/**
 * Trains a {@link PairNetwork} by an evolution strategy: each step tries pairs of opposite changes of all weights on the same
 * scenarios (common random numbers), and goes where latency falls, by Adam. A change is judged by the mean over the scenarios of
 * the logarithm of the mean latency, so that every scenario counts alike.
 *
 * <p>Seed and number of steps decide the weights to the last bit, however many threads work.
 *
 * @see "Salimans et al., Evolution Strategies as a Scalable Alternative to Reinforcement Learning, 2017"
 * @see "Mao et al., Variance Reduction for Reinforcement Learning in Input-Driven Environments, 2019: one arrival sequence for all"
 */
public final class EvolutionTrainer {
    /** Steps from one validation to the next. */
    public static final int VALIDATION_STEPS = 10;

    /**
     * How much work a step is.
     *
     * @param pairs of opposite changes of one step
     * @param scenarios of one step
     * @param validation scenarios by which steps are judged; none of them is trained on
     */
    public record Size(int pairs, int scenarios, int validation) {
        public static final Size FULL = new Size(16, 12, 48);

        public Size {
            if (pairs < 1 || scenarios < 1 || validation < 1) {
                throw new IllegalArgumentException("pairs (%d), scenarios (%d), validation (%d) must be at least 1"
                        .formatted(pairs, scenarios, validation));
            }
        }
    }

    private static final double DEVIATION = 0.1;
    private static final double RATE = 0.03;
    /** After so many steps the rate has halved. */
    private static final double RATE_STEPS = 150;

    private static final double MOMENT_1 = 0.9;
    private static final double MOMENT_2 = 0.99;
    private static final double TINY = 1e-8;
    /** Part of the weights' running mean that a step leaves: the mean wanders less than the weights do. */
    private static final double KEPT = 0.97;

    private final SplittableRandom random;
    private final Size size;
    private final LongFunction<JobStream> scenarios;
    private final ExecutorService pool;
    private final double[] weights;
    private final double[] mean;
    private final double[] moment = new double[PairNetwork.WEIGHTS];
    private final double[] square = new double[PairNetwork.WEIGHTS];
    private final JobStream[] validation;
    private final double etf;
    private int steps;

    /**
     * @param seed decides everything
     * @param size of a step
     * @param scenarios of a seed
     * @param pool on whose threads scenarios run
     */
    public EvolutionTrainer(long seed, Size size, LongFunction<JobStream> scenarios, ExecutorService pool) {
        random = new SplittableRandom(seed);
        weights = PairNetwork.initial(random.nextLong()).weights();
        mean = weights.clone();
        this.size = size;
        this.scenarios = scenarios;
        this.pool = pool;
        validation = draw(random.split(), size.validation);
        etf = mean(logarithms(new double[][] {weights}, validation)[0]);
    }

    public int steps() {
        return steps;
    }

    /** Of the weights' running mean, rounded to floats, as they are written. */
    public PairNetwork network() {
        double[] rounded = new double[PairNetwork.WEIGHTS];
        Arrays.setAll(rounded, i -> (float) mean[i]);
        return new PairNetwork(rounded);
    }

    /** Latency of the present network to ETF's, geometric mean over the scenarios of validation. */
    public double validate() {
        return StrictMath.exp(mean(logarithms(new double[][] {network().weights()}, validation)[0]) - etf);
    }

    /** One step. */
    public void step() {
        JobStream[] drawn = draw(random.split(), size.scenarios);
        double[][] changes = new double[size.pairs][PairNetwork.WEIGHTS];
        double[][] tried = new double[2 * size.pairs][];
        for (int pair = 0; pair < size.pairs; pair++) {
            for (int i = 0; i < PairNetwork.WEIGHTS; i++) {
                changes[pair][i] = random.nextGaussian();
            }
            tried[2 * pair] = moved(changes[pair], DEVIATION);
            tried[2 * pair + 1] = moved(changes[pair], -DEVIATION);
        }
        double[][] logarithms = logarithms(tried, drawn);
        double[] slope = new double[PairNetwork.WEIGHTS];
        double[] differences = new double[size.pairs];
        double squares = 0;
        for (int pair = 0; pair < size.pairs; pair++) {
            differences[pair] = mean(logarithms[2 * pair]) - mean(logarithms[2 * pair + 1]);
            squares += differences[pair] * differences[pair];
        }
        double unit = Math.sqrt(squares / size.pairs) + TINY;
        for (int pair = 0; pair < size.pairs; pair++) {
            for (int i = 0; i < slope.length; i++) {
                slope[i] += differences[pair] / unit * changes[pair][i] / size.pairs;
            }
        }
        descend(slope);
    }

    private double[] moved(double[] change, double by) {
        double[] moved = new double[PairNetwork.WEIGHTS];
        Arrays.setAll(moved, i -> weights[i] + by * change[i]);
        return moved;
    }

    /** Adam. */
    private void descend(double[] slope) {
        steps++;
        double rate = RATE / (1 + steps / RATE_STEPS);
        double first = 1 - StrictMath.pow(MOMENT_1, steps);
        double second = 1 - StrictMath.pow(MOMENT_2, steps);
        for (int i = 0; i < weights.length; i++) {
            moment[i] = MOMENT_1 * moment[i] + (1 - MOMENT_1) * slope[i];
            square[i] = MOMENT_2 * square[i] + (1 - MOMENT_2) * slope[i] * slope[i];
            weights[i] -= rate * (moment[i] / first) / (Math.sqrt(square[i] / second) + TINY);
            mean[i] = KEPT * mean[i] + (1 - KEPT) * weights[i];
        }
    }

    private JobStream[] draw(SplittableRandom seeds, int count) {
        long[] seed = seeds.longs(count).toArray();
        JobStream[] drawn = new JobStream[count];
        onPool(count, i -> drawn[i] = scenarios.apply(seed[i]));
        return drawn;
    }

    /** Logarithm of the mean latency of each of several weights on each scenario. */
    private double[][] logarithms(double[][] tried, JobStream[] on) {
        double[][] logarithms = new double[tried.length][on.length];
        onPool(tried.length * on.length, i -> {
            int which = i / on.length;
            LearnedPolicy policy = new LearnedPolicy(new PairNetwork(tried[which]));
            logarithms[which][i % on.length] =
                    StrictMath.log(on[i % on.length].run(policy).meanMicros());
        });
        return logarithms;
    }

    @FunctionalInterface
    private interface Work {
        void run(int number);
    }

    /** All of it; each writes what is its own, so that their order does not matter. */
    private void onPool(int count, Work work) {
        CompletableFuture.allOf(IntStream.range(0, count)
                        .mapToObj(number -> CompletableFuture.runAsync(() -> work.run(number), pool))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
