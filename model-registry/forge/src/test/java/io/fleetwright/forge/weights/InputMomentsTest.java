package io.fleetwright.forge.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A layer is a linear function of its windows, so its own sums are the oracle for their moments. */
final class InputMomentsTest {
    @Test
    void meanAndSquareOfTheSumsFollowFromTheMoments() {
        SeededCases.forEach(1, 20, (random, _) -> {
            for (LayerKernel kernel : new FloatInference(RandomNetworks.classifier(random)).kernels()) {
                FloatLayer layer = kernel.layer();
                if (!WeightRows.areIn(layer)) {
                    continue;
                }
                var moments = new InputMoments(kernel);
                WeightRows rows = WeightRows.of(layer);
                var mean = new double[rows.channels()];
                var square = new double[rows.channels()];
                int inputs = 3;
                for (int n = 0; n < inputs; n++) {
                    var values = new float[kernel.in().elements()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) random.nextDouble(-1, 1);
                    }
                    moments.add(values);
                    float[] sums = kernel.sums(values);
                    double count = (double) inputs * sums.length / rows.channels();
                    for (int i = 0; i < sums.length; i++) {
                        int c = i % rows.channels();
                        double product = sums[i] - WeightRows.bias(layer)[c];
                        mean[c] += product / count;
                        square[c] += product * product / count;
                    }
                }
                for (int c = 0; c < rows.channels(); c++) {
                    double expectedMean = 0;
                    double expectedSquare = 0;
                    double[] products = moments.second(c).products();
                    for (int i = 0; i < rows.depth(); i++) {
                        double weight = rows.values()[c * rows.depth() + i];
                        expectedMean += weight * moments.mean(c)[i];
                        for (int j = 0; j < rows.depth(); j++) {
                            expectedSquare +=
                                    weight * products[i * rows.depth() + j] * rows.values()[c * rows.depth() + j];
                        }
                    }
                    assertThat(mean[c]).isCloseTo(expectedMean, within(1e-5));
                    assertThat(square[c]).isCloseTo(expectedSquare, within(1e-4));
                }
            }
        });
    }

    /** Behind layers that were rounded inputs are off; no weights nearby do better, what drawing them costs included. */
    @Test
    void closestWeightsMakeUpForInputsThatAreOff() {
        SeededCases.forEach(1, 20, (random, _) -> {
            for (LayerKernel kernel : new FloatInference(RandomNetworks.classifier(random)).kernels()) {
                if (WeightRows.areIn(kernel.layer())) {
                    closestWeightsMakeUp(random, kernel);
                }
            }
        });
    }

    private static void closestWeightsMakeUp(SplittableRandom random, LayerKernel kernel) {
        WeightRows rows = WeightRows.of(kernel.layer());
        var moments = new InputMoments(kernel);
        List<float[]> off = new ArrayList<>();
        List<float[]> wanted = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            var values = new float[kernel.in().elements()];
            var moved = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextDouble(-1, 1);
                moved[i] = 0.8f * values[i] + 0.2f;
            }
            off.add(moved);
            wanted.add(kernel.sums(values));
            moments.add(moved, wanted.getLast());
        }
        for (int c = 0; c < rows.channels(); c++) {
            var weights = new double[rows.depth()];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = rows.values()[c * weights.length + i];
            }
            double[] closest = moments.closest(c, weights);
            double least = drawnError(kernel, off, wanted, c, weights, closest);
            assertThat(least).isLessThanOrEqualTo(drawnError(kernel, off, wanted, c, weights, weights) + 1e-12);
            for (int i = 0; i < weights.length; i++) {
                for (double by : new double[] {-0.01, 0.01}) {
                    double[] other = closest.clone();
                    other[i] += by;
                    assertThat(drawnError(kernel, off, wanted, c, weights, other))
                            .isGreaterThan(least);
                }
            }
        }
    }

    /** Mean squared difference to the wanted sums, and the squared distance to the first weights times the damping. */
    private static double drawnError(
            LayerKernel kernel,
            List<float[]> inputs,
            List<float[]> wanted,
            int channel,
            double[] first,
            double[] used) {
        WeightRows rows = WeightRows.of(kernel.layer());
        boolean depthwise = kernel.layer() instanceof FloatLayer.Depthwise;
        int channels = rows.channels();
        double[] errorAndSquare = {0, 0};
        int[] windows = {0};
        for (int n = 0; n < inputs.size(); n++) {
            float[] sums = wanted.get(n);
            int[] at = {channel};
            kernel.windows(inputs.get(n), window -> {
                double sum = WeightRows.bias(kernel.layer())[channel];
                for (int i = 0; i < used.length; i++) {
                    double input = depthwise ? window[i * channels + channel] : window[i];
                    sum += used[i] * input;
                    errorAndSquare[1] += input * input;
                }
                errorAndSquare[0] += Math.pow(sums[at[0]] - sum, 2);
                at[0] += channels;
                windows[0]++;
            });
        }
        double damping = SecondMoments.SOLUTION_DAMPING * errorAndSquare[1] / windows[0] / used.length;
        double distance = 0;
        for (int i = 0; i < used.length; i++) {
            distance += Math.pow(used[i] - first[i], 2);
        }
        return errorAndSquare[0] / windows[0] + damping * distance;
    }

    @Test
    void weightsStayWhereTheWantedSumsAreTheirOwnOrUnknown() {
        var random = new SplittableRandom(1);
        for (LayerKernel kernel : new FloatInference(RandomNetworks.classifier(random)).kernels()) {
            if (!WeightRows.areIn(kernel.layer())) {
                continue;
            }
            var known = new InputMoments(kernel);
            var unknown = new InputMoments(kernel);
            var values = new float[kernel.in().elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextDouble(-1, 1);
            }
            known.add(values, kernel.sums(values));
            unknown.add(values, kernel.sums(values));
            unknown.add(values);
            WeightRows rows = WeightRows.of(kernel.layer());
            var weights = new double[rows.depth()];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = rows.values()[i];
            }
            assertThat(known.closest(0, weights)).containsExactly(weights, within(1e-5));
            assertThat(unknown.closest(0, weights)).isEqualTo(weights);
        }
    }
}
