package io.fleetwright.forge.onnx;

import io.fleetwright.forge.network.FloatNetwork;
import java.util.List;

/**
 * Writes a {@link FloatNetwork} as an ONNX model: opset 13, IR version 8, batch fixed at 1, layout NCHW.
 *
 * <p>Operators used: Conv (padding spelled out), Relu, GlobalAveragePool, Flatten, Gemm. The input is called
 * {@code input}, the output {@code logits}. What is known of the training data goes into metadata properties.
 */
public final class OnnxWriter {
    private OnnxWriter() {}

    /** Numbers as they are. */
    private record Floats(OnnxGraph graph, FloatNetwork network) implements LayerNodes.Numbers {
        @Override
        public String activation(int layer, String value) {
            return value;
        }

        @Override
        public String weights(int layer, String name, FilterOrder order) {
            return graph.floats(name, order.toOnnx(network.layers().get(layer).weights()), order.shape());
        }

        @Override
        public String bias(int layer, String name) {
            float[] bias = network.layers().get(layer).bias();
            return graph.floats(name, bias, OnnxGraph.shape(bias.length));
        }
    }

    /** The model file; the same network gives the same bytes. */
    public static byte[] write(FloatNetwork network) {
        var graph = new OnnxGraph();
        List<Long> output = LayerNodes.append(network, graph, new Floats(graph, network));
        return graph.model(
                network.name(), network.input(), output, List.of(), StatisticsProperties.of(network.statistics()));
    }
}
