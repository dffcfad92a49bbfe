package io.fleetwright.forge.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.testkit.SeededCases;
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
}
