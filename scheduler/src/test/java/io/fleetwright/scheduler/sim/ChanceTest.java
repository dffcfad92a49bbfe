package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Distributions of what is drawn, within four standard errors of what the formulas say: one run in 16 000 would be outside. */
class ChanceTest {
    private static final int DRAWS = 100_000;
    private static final double SIGMAS = 4;

    private static SystemState state(long seed) {
        return new SystemState(
                Scenario.on("A 1: a=10").app("one", "a").workload(),
                SimulationOptions.real().seed(seed).build());
    }

    private static double[] noise(long seed, double deviation) {
        SystemState state = state(seed);
        return IntStream.range(0, DRAWS)
                .mapToDouble(_ -> state.noise(deviation))
                .toArray();
    }

    /** Of the Gaussian around 1 that is cut off at a tenth: the integral of each power by Simpson's rule. */
    private static double moment(double deviation, int power) {
        DoubleUnaryOperator weighed =
                z -> Math.pow(Math.max(0.1, 1 + deviation * z), power) * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
        int steps = 4000;
        double width = 20.0 / steps;
        double sum = weighed.applyAsDouble(-10) + weighed.applyAsDouble(10);
        for (int i = 1; i < steps; i++) {
            sum += (i % 2 == 0 ? 2 : 4) * weighed.applyAsDouble(-10 + i * width);
        }
        return sum * width / 3;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.1, 0.3, 0.5, 0.8, 1})
    void noiseHasTheMomentsOfACutGaussian(double deviation) {
        double[] factors = noise(17, deviation);
        double mean = moment(deviation, 1);
        double second = moment(deviation, 2);
        double fourth = moment(deviation, 4);
        assertThat(average(factors, 1)).isCloseTo(mean, within(SIGMAS * Math.sqrt((second - mean * mean) / DRAWS)));
        assertThat(average(factors, 2))
                .isCloseTo(second, within(SIGMAS * Math.sqrt((fourth - second * second) / DRAWS)));
        assertThat(Arrays.stream(factors).min().orElseThrow()).isGreaterThanOrEqualTo(0.1);
    }

    private static double average(double[] values, int power) {
        return Arrays.stream(values)
                .map(value -> Math.pow(value, power))
                .average()
                .orElseThrow();
    }

    /** Parts of a Gaussian: below one deviation under the mean 0.158655, below the mean a half, below 1.96 above 0.975. */
    @ParameterizedTest
    @CsvSource({"-1, 0.158655", "0, 0.5", "0.674490, 0.75", "1.959964, 0.975"})
    void noiseHasTheQuantilesOfAGaussian(double z, double part) {
        double below = Arrays.stream(noise(23, 0.1))
                        .filter(factor -> factor < 1 + 0.1 * z)
                        .count()
                / (double) DRAWS;
        assertThat(below).isCloseTo(part, within(SIGMAS * Math.sqrt(part * (1 - part) / DRAWS)));
    }

    /** Correlation of independent draws is within 4 over the root of their number: between seeds, and from one to the next. */
    @ParameterizedTest
    @CsvSource({"1, 2", "2, 3", "0, 1", "5, 500", "-1, 1"})
    void seedsAreIndependentOfEachOther(long one, long other) {
        assertThat(correlation(noise(one, 0.1), noise(other, 0.1))).isCloseTo(0, within(SIGMAS / Math.sqrt(DRAWS)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10})
    void aDrawSaysNothingAboutLaterOnes(int lag) {
        double[] factors = noise(29, 0.1);
        assertThat(correlation(Arrays.copyOfRange(factors, 0, DRAWS - lag), Arrays.copyOfRange(factors, lag, DRAWS)))
                .isCloseTo(0, within(SIGMAS / Math.sqrt(DRAWS)));
    }

    private static double correlation(double[] one, double[] other) {
        double meanOne = average(one, 1);
        double meanOther = average(other, 1);
        double both = 0;
        double squaresOne = 0;
        double squaresOther = 0;
        for (int i = 0; i < one.length; i++) {
            both += (one[i] - meanOne) * (other[i] - meanOther);
            squaresOne += (one[i] - meanOne) * (one[i] - meanOne);
            squaresOther += (other[i] - meanOther) * (other[i] - meanOther);
        }
        return both / Math.sqrt(squaresOne * squaresOther);
    }

    @Test
    void withoutDeviationNothingIsDrawn() {
        SystemState quiet = state(3);
        SystemState other = state(3);
        IntStream.range(0, 10).forEach(_ -> assertThat(quiet.noise(0)).isOne());
        assertThat(quiet.noise(0.5)).isEqualTo(other.noise(0.5));
    }

    /** Floors of exponential intervals are geometric: {@code k} has probability {@code exp(-k / m) (1 - exp(-1 / m))}. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 3, 25})
    void intervalsOfTheSteadyQueueAreGeometric(double mean) {
        var queue = new SteadyQueue(1, 3, mean, 31);
        queue.take(0);
        queue.take(1);
        int bins = 40;
        long[] seen = new long[bins + 1];
        for (int draw = 0; draw < DRAWS; draw++) {
            double before = queue.nextMicros();
            queue.take(2);
            seen[(int) Math.min(bins, queue.nextMicros() - before)]++;
        }
        double chi = 0;
        int degrees = -1;
        for (int k = 0; k <= bins; k++) {
            double part = k == bins ? Math.exp(-bins / mean) : Math.exp(-k / mean) - Math.exp(-(k + 1) / mean);
            double expected = DRAWS * part;
            if (expected >= 5) {
                chi += (seen[k] - expected) * (seen[k] - expected) / expected;
                degrees++;
            }
        }
        // The chi-square of d degrees of freedom has mean d and variance 2 d.
        assertThat(chi)
                .isBetween(degrees - SIGMAS * Math.sqrt(2.0 * degrees), degrees + SIGMAS * Math.sqrt(2.0 * degrees));
        double q = Math.exp(-1 / mean);
        double sampleMean = queue.nextMicros() / (DRAWS + 1.0);
        assertThat(sampleMean).isCloseTo(q / (1 - q), within(SIGMAS * Math.sqrt(q) / (1 - q) / Math.sqrt(DRAWS)));
    }

    /** Counts of jobs of the steady queue over long times grow like Poisson's: the variance of a sum is the sum of variances. */
    @Test
    void countsOfTheSteadyQueueVaryLikeARenewalProcess() {
        int windows = 2000;
        double length = 1000;
        double[] counts = new double[windows];
        var queue = new SteadyQueue(1, 2, 20, 37);
        queue.take(0);
        while (queue.nextMicros() < windows * length) {
            counts[(int) (queue.nextMicros() / length)]++;
            queue.take(1);
        }
        double q = Math.exp(-1 / 20.0);
        double interval = q / (1 - q);
        double variance = q / ((1 - q) * (1 - q));
        double mean = average(counts, 1);
        // Of a renewal process: mean t / m, variance t s^2 / m^3.
        double expected = length * variance / Math.pow(interval, 3);
        assertThat(mean).isCloseTo(length / interval, within(SIGMAS * Math.sqrt(expected / windows)));
        assertThat(average(counts, 2) - mean * mean)
                .isCloseTo(expected, within(SIGMAS * expected * Math.sqrt(2.0 / windows) + 2));
    }

    /** Each application of the steady queue as often as another, and none after another more often. */
    @Test
    void applicationsOfTheSteadyQueueAreIndependent() {
        int apps = 3;
        var queue = new SteadyQueue(apps, 2, 10, 41);
        double[][] pairs = new double[apps][apps];
        int last = queue.take(0);
        for (int draw = 0; draw < DRAWS; draw++) {
            int next = queue.take(1);
            pairs[last][next]++;
            last = next;
        }
        double part = 1.0 / (apps * apps);
        for (double[] row : pairs) {
            for (double count : row) {
                assertThat(count / DRAWS).isCloseTo(part, within(SIGMAS * Math.sqrt(part * (1 - part) / DRAWS)));
            }
        }
    }

    /** Under a full queue there is one job per asking that finds room, and time goes on all the same. */
    @ParameterizedTest
    @CsvSource({"1, 5", "3, 5", "3, 40"})
    void aSteadyQueueKeepsItsCapOfJobsInTheSystem(int cap, double mean) {
        Scenario scenario = Scenario.on("A 1: a=50").app("one", "a");
        Workload workload = scenario.workload();
        int[] most = {0};
        SimulationResult result = new Simulator(
                        workload,
                        state -> {
                            most[0] = Math.max(most[0], state.liveJobs());
                            Scenario.fixed("a=0").decide(state);
                        },
                        new SteadyQueue(1, cap, mean, 43),
                        SimulationOptions.real().horizonMicros(5000).build())
                .run();
        assertThat(most[0]).isEqualTo(cap);
        assertThat(result.completed()).isBetween(60, 100);
        assertThat(result.unfinished()).isLessThanOrEqualTo(cap);
    }
}
