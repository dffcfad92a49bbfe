package io.fleetwright.forge.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.RandomNetworks;
import io.fleetwright.forge.quantize.Calibration;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import io.fleetwright.forge.quantize.Quantizer;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class TfliteWriterTest {
    private static final int COUNT = 40;

    @Test
    void runtimeReadsTheFileAndComputesNearlyTheFloatProbabilities() {
        SeededCases.forEach(1, 20, (random, _) -> {
            FloatNetwork network = RandomNetworks.classifier(random);
            EvaluationSet inputs = inputs(random);
            TfliteModel model = TfliteExport.classifier(Quantizer.quantize(network, inputs, Calibration.MIN_MAX));
            Graph graph = ModelReader.read(TfliteWriter.write(model), "random.tflite");

            assertThat(graph.inputs().getFirst().shape()).containsExactly(1, 9, 8, 1);
            assertThat(graph.inputs().getFirst().zeroPoint()).isEqualTo(-128);
            assertThat(graph.outputs().getFirst().scales()).containsExactly(1f / 256);
            assertThat(graph.operatorNames())
                    .containsExactly(
                            "AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "RESHAPE", "SOFTMAX");
            var inference = new FloatInference(network);
            var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
            var in = new byte[inputs.elementsPerInput()];
            var out = new byte[RandomNetworks.CLASSES];
            for (int n = 0; n < COUNT; n++) {
                for (int i = 0; i < in.length; i++) {
                    in[i] = (byte) ((inputs.inputs()[n * in.length + i] & 0xFF) - 128);
                }
                interpreter.run(in, 0, out, 0);
                double[] expected = softmax(inference.run(inputs.realInput(n)));
                for (int k = 0; k < out.length; k++) {
                    assertThat((out[k] + 128) / 256.0).isCloseTo(expected[k], within(0.04));
                }
            }
        });
    }

    @Test
    void sameNetworkGivesTheSameBytesInThePublishedLayout() {
        byte[] bytes = TfliteWriter.write(model());
        assertThat(TfliteWriter.write(model())).isEqualTo(bytes);
        assertThat(new String(bytes, 4, 4, StandardCharsets.US_ASCII)).isEqualTo("TFL3");
    }

    @Test
    void metadataDataStartsAtAMultipleOfSixteen() throws Exception {
        TfliteModel plain = model();
        byte[] mark = "fleetwright-alignment-mark".getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = TfliteWriter.write(new TfliteModel(
                "marked", plain.tensors(), plain.operators(), plain.inputs(), plain.outputs(), Map.of("mark", mark)));
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("fleetwright-alignment-mark");
        assertThat(at).isPositive();
        assertThat(at % 16).isZero();
        assertThat(ModelReader.read(bytes, "marked").operators()).hasSize(7);
    }

    @Test
    void refusesTensorsThatDoNotFitTogether() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TfliteModel.Tensor(
                        "w", List.of(2, 3), ElementType.INT8, Optional.of(new byte[5]), Optional.empty()))
                .withMessageContaining("5 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TfliteModel.Tensor(
                        "w",
                        List.of(2, 3),
                        ElementType.INT8,
                        Optional.of(new byte[6]),
                        Optional.of(new Quantization(List.of(1f, 1f), List.of(0L, 0L), 1))))
                .withMessageContaining("dimension 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TfliteModel("x", List.of(), List.of(), List.of(0), List.of(), Map.of()))
                .withMessageContaining("inputs (0)");
    }

    private static TfliteModel model() {
        var random = new SplittableRandom(4);
        QuantizedNetwork network =
                Quantizer.quantize(RandomNetworks.classifier(random), inputs(random), new Calibration(0.999));
        return TfliteExport.classifier(network);
    }

    private static EvaluationSet inputs(SplittableRandom random) {
        byte[] bytes = RandomNetworks.bytes(random, COUNT * RandomNetworks.INPUT.elements());
        return new EvaluationSet(List.of(9, 8, 1), RandomNetworks.CLASSES, bytes, 1f / 255, 0, new int[COUNT]);
    }

    private static double[] softmax(float[] logits) {
        double sum = 0;
        var result = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            result[i] = Math.exp(logits[i]);
            sum += result[i];
        }
        for (int i = 0; i < logits.length; i++) {
            result[i] /= sum;
        }
        return result;
    }
}
