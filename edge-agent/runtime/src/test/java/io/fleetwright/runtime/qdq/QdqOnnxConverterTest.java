package io.fleetwright.runtime.qdq;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.qdq.QdqOnnxConverter.Activations;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shape of the ONNX files; that other runtimes compute the same from them is checked by the benchmark. */
class QdqOnnxConverterTest {
    private static final String FOLDER = "models/mlperf-tiny/";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ic_resnet8",
                "kws_dscnn",
                "vww_mbv1",
                "ad_fc_ae",
                "sww_ds_tcn",
                "ic_resnet8_large",
                "extra/person_detect",
                "extra/micro_speech_quantized",
                "extra/mobilenet_v2_224"
            })
    void everyNameIsDefinedOnceAndBeforeItIsRead(String model) throws Exception {
        var graph = graph(model);
        for (var activations : Activations.values()) {
            var nodes = OnnxNodes.of(QdqOnnxConverter.convert(graph, activations));
            assertThat(nodes.inputs()).containsExactly("input0");
            assertThat(nodes.outputs()).containsExactly("output0");
            var defined = new HashSet<>(nodes.constants());
            assertThat(defined).hasSize(nodes.constants().size());
            defined.addAll(nodes.inputs());
            for (var node : nodes.nodes()) {
                assertThat(defined).as(node.operator()).containsAll(node.inputs());
                assertThat(node.outputs()).doesNotContainAnyElementsOf(defined);
                defined.addAll(node.outputs());
            }
            assertThat(defined).containsAll(nodes.outputs());
        }
    }

    @Test
    void computesEveryStepBetweenDequantizeAndQuantize() throws Exception {
        var histogram =
                OnnxNodes.of(QdqOnnxConverter.convert(graph("ic_resnet8"))).histogram();
        assertThat(histogram)
                .containsEntry("Conv", 9)
                .containsEntry("Add", 3)
                .containsEntry("AveragePool", 1)
                .containsEntry("Gemm", 1)
                .containsEntry("Softmax", 1)
                .containsEntry("QuantizeLinear", 15)
                // Three for each of the ten layers with weights and bias, two for each sum, one for pool and softmax.
                .containsEntry("DequantizeLinear", 38);
    }

    @Test
    void theSameGraphGivesTheSameBytes() throws Exception {
        var graph = graph("kws_dscnn");
        assertThat(QdqOnnxConverter.convert(graph)).isEqualTo(QdqOnnxConverter.convert(graph, Activations.INT8));
    }

    private static Graph graph(String model) throws Exception {
        byte[] file = Files.readAllBytes(SharedData.require(FOLDER + model + ".tflite"));
        return ModelReader.read(file, model);
    }
}
