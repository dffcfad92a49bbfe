package io.fleetwright.forge.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.forge.allocate.Layer;
import io.fleetwright.forge.allocate.LayerTable;
import io.fleetwright.forge.allocate.LayerTableCsv;
import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.forge.weights.WeightFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class MixedBudgetTest {
    private static final FloatNetwork NETWORK = RandomNetworks.classifier(new SplittableRandom(3));
    private static final CalibrationSet CALIBRATION =
            new CalibrationSet(NETWORK.input(), RandomNetworks.inputs(new SplittableRandom(4), 20));

    /** No bits for the first and the last layer are in play; the rest is the best of all choices within the budget. */
    @ParameterizedTest
    @EnumSource(SensitivityEstimator.class)
    void theChoiceIsTheBestOfAllWithinTheBudget(SensitivityEstimator estimator) {
        LayerTable table = InnerLayers.of(NETWORK, CALIBRATION, estimator);
        int inner = table.layers().size();
        for (double fraction : new double[] {0, 0.3, 0.6, 1}) {
            for (String measure : new String[] {"size", "bops"}) {
                String text = "mixed:%s:%s:%s".formatted(measure, fraction, estimator.word());
                SchemeChoice choice = SchemeChoice.parse(text);
                assertThat(choice.label()).isEqualTo("mixed:%s:%s:%s".formatted(measure, fraction, estimator.word()));
                List<WeightFormat> formats = choice.of(NETWORK, CALIBRATION).formats();
                assertThat(formats).hasSize(inner + 2);
                assertThat(List.of(formats.getFirst(), formats.getLast()))
                        .containsExactly(WeightFormat.INT8, WeightFormat.INT8);
                double best = Double.POSITIVE_INFINITY;
                for (int mask = 0; mask < 1 << inner; mask++) {
                    double cost = 0;
                    double least = 0;
                    double most = 0;
                    double loss = 0;
                    for (int i = 0; i < inner; i++) {
                        Layer layer = table.layers().get(i);
                        boolean eight = (mask >> i & 1) == 1;
                        double four = measure.equals("size") ? layer.params() / 2.0 : layer.megaMacs() * 16;
                        double full = measure.equals("size") ? layer.params() : layer.megaMacs() * 64;
                        cost += eight ? full : four;
                        least += four;
                        most += full;
                        loss += layer.trace()
                                * (eight ? layer.error().eight() : layer.error().four());
                    }
                    if (cost <= (least + fraction * (most - least)) * (1 + 1e-9)) {
                        best = Math.min(best, loss);
                    }
                }
                double chosen = 0;
                for (int i = 0; i < inner; i++) {
                    Layer layer = table.layers().get(i);
                    boolean eight = formats.get(i + 1) == WeightFormat.INT8;
                    chosen += layer.trace()
                            * (eight ? layer.error().eight() : layer.error().four());
                }
                assertThat(chosen).as(text).isLessThanOrEqualTo(best * (1 + 1e-9));
            }
        }
    }

    @Test
    void byItsAnswersAFormatCostsWhatTheSensitivitySays() {
        var layers = Sensitivity.of(NETWORK, CALIBRATION, List.of(WeightFormat.INT4, WeightFormat.INT8));
        LayerTable table = InnerLayers.of(NETWORK, CALIBRATION, SensitivityEstimator.KL);
        for (int i = 0; i < table.layers().size(); i++) {
            assertThat(table.layers().get(i).sensitivity(4))
                    .isEqualTo(layers.get(i + 1).get(WeightFormat.INT4));
            assertThat(table.layers().get(i).sensitivity(8))
                    .isEqualTo(layers.get(i + 1).get(WeightFormat.INT8));
        }
    }

    @Test
    void theTableIsReadAsItWasWritten() throws Exception {
        LayerTable table = InnerLayers.of(NETWORK, CALIBRATION, SensitivityEstimator.HESSIAN);
        assertThat(LayerTableCsv.read(LayerTableCsv.write(table).getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(table);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            mixed:size:0.5:guess  | 'guess' must be kl or hessian
            mixed:size:           | fraction '' must be 0 to 1
            mixed:size:half       | fraction 'half' must be 0 to 1
            mixed:size:1.5        | scheme (mixed:size:1.5:kl): fraction must be 0 to 1
            mixed:bops:NaN        | fraction must be 0 to 1
            mixed:latency:0.5     | latency is a device's
            mixed:energy:0.5:kl   | energy is a device's
            mixed:weight:0.5      | 'weight:0.5' must be 8, 4, 2 or one of
            """)
    void whatIsNoBudgetIsRefused(String text, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SchemeChoice.parse(text))
                .withMessageContaining(message);
    }

    @Test
    void aNetworkOfTwoLayersLeavesNoChoice() {
        var network = new FloatNetwork(
                "two",
                new ImageShape(1, 1, 2),
                List.of(
                        new FullyConnected(2, 2, new float[] {1, 2, 3, 4}, new float[2]),
                        new FullyConnected(2, 2, new float[] {1, 2, 3, 4}, new float[2])));
        var calibration = new CalibrationSet(network.input(), List.of(new float[] {1, 2}, new float[] {3, 1}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SchemeChoice.parse("mixed:size:0.5").of(network, calibration))
                .withMessage("the network has 2 layers with weights; the first and the last stay at 8 bits");
    }
}
