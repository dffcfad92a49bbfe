package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairNetworkTest {
    private static final int INPUTS = PairFeatures.TASK + PairFeatures.PAIR;

    private static double[] features(SplittableRandom random, int count) {
        return DoubleStream.generate(random::nextDouble).limit(count).toArray();
    }

    private static double output(PairNetwork network, double[] task, double[] pair, int output) {
        double[] prepared = new double[3 + PairNetwork.PREPARED];
        network.prepare(task, prepared, 3);
        return network.output(prepared, 3, pair, output);
    }

    /** The formula of the class, read row by row. */
    private static double byTheFormula(double[] w, double[] x, int output) {
        int at = INPUTS * PairNetwork.HIDDEN;
        double[] hidden = new double[PairNetwork.HIDDEN];
        for (int h = 0; h < hidden.length; h++) {
            double sum = w[at + h];
            for (int f = 0; f < INPUTS; f++) {
                sum += w[f * PairNetwork.HIDDEN + h] * x[f];
            }
            hidden[h] = Math.max(sum, 0.1 * sum);
        }
        int last = at + PairNetwork.HIDDEN;
        int direct = last + 2 * PairNetwork.HIDDEN;
        double sum = w[direct + 2 * INPUTS + output];
        for (int h = 0; h < hidden.length; h++) {
            sum += w[last + 2 * h + output] * hidden[h];
        }
        for (int f = 0; f < INPUTS; f++) {
            sum += w[direct + 2 * f + output] * x[f];
        }
        return sum;
    }

    @Test
    void outputsAreThoseOfTheFormula() {
        SeededCases.forEach(1, 200, (random, _) -> {
            PairNetwork network = TestNetworks.random(random);
            double[] task = features(random, PairFeatures.TASK);
            double[] pair = features(random, PairFeatures.PAIR);
            double[] all = DoubleStream.concat(Arrays.stream(task), Arrays.stream(pair))
                    .toArray();
            for (int output = 0; output < PairNetwork.OUTPUTS; output++) {
                assertThat(output(network, task, pair, output))
                        .isCloseTo(byTheFormula(network.weights(), all, output), within(1e-9));
            }
        });
    }

    @Test
    void beforeTrainingEveryOutputIsZero() {
        SeededCases.forEach(1, 50, (random, seed) -> {
            PairNetwork network = PairNetwork.initial(seed);
            double[] task = features(random, PairFeatures.TASK);
            double[] pair = features(random, PairFeatures.PAIR);
            assertThat(output(network, task, pair, PairNetwork.CORRECTION)).isZero();
            assertThat(output(network, task, pair, PairNetwork.SHIFT)).isZero();
            assertThat(network.weights())
                    .isNotEqualTo(PairNetwork.initial(seed + 1).weights());
        });
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "-Infinity", "1000001"})
    void weightsThatAreNoWeightsAreRefused(double weight) {
        double[] weights = new double[PairNetwork.WEIGHTS];
        weights[17] = weight;
        assertThatThrownBy(() -> new PairNetwork(weights))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weight 17 (%s) must be within 1000000.0 of 0", weight);
    }

    @Test
    void aNetworkOfAnotherSizeIsRefused() {
        assertThatThrownBy(() -> new PairNetwork(new double[PairNetwork.WEIGHTS + 1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weights (%d) must be %d", PairNetwork.WEIGHTS + 1, PairNetwork.WEIGHTS);
    }
}
