package io.fleetwright.forge.onnx;

import static io.fleetwright.forge.onnx.OnnxGraph.STANDARD;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import java.util.List;

/**
 * Appends a network to a graph: Conv (padding spelled out), Relu, GlobalAveragePool, Flatten, Gemm. How its numbers are
 * represented is for {@link Numbers} to say.
 */
final class LayerNodes {
    private final OnnxGraph graph;
    private final Numbers numbers;
    private ImageShape shape;
    private String current;
    private boolean flat;

    private LayerNodes(OnnxGraph graph, Numbers numbers, ImageShape shape) {
        this.graph = graph;
        this.numbers = numbers;
        this.shape = shape;
        current = numbers.activation(-1, OnnxGraph.INPUT);
    }

    /** What numbers become; each method may append to the graph and returns the name of a float value. */
    interface Numbers {
        /** The value to go on with: {@code layer} has given {@code value}, which is the network's input for -1. */
        String activation(int layer, String value);

        String weights(int layer, String name, FilterOrder order);

        String bias(int layer, String name);
    }

    /**
     * Appends all layers; the shape of what they give.
     *
     * @throws IllegalArgumentException if a fully connected layer does not follow a global pool or another
     */
    static List<Long> append(FloatNetwork network, OnnxGraph graph, Numbers numbers) {
        var nodes = new LayerNodes(graph, numbers, network.input());
        for (int i = 0; i < network.layers().size(); i++) {
            nodes.add(i, network.layers().get(i));
        }
        ImageShape shape = nodes.shape;
        return nodes.flat
                ? OnnxGraph.shape(1, shape.channels())
                : OnnxGraph.shape(1, shape.channels(), shape.height(), shape.width());
    }

    private void add(int index, FloatLayer layer) {
        switch (layer) {
            case Convolution conv -> convolution(index, conv, conv.kernel(), conv.stride(), 1);
            case Depthwise conv -> convolution(index, conv, conv.kernel(), conv.stride(), conv.channels());
            case GlobalAveragePool _ -> current = graph.node(STANDARD, "GlobalAveragePool", List.of(current));
            case FullyConnected connected -> fullyConnected(index, connected);
        }
        shape = layer.outputShape(shape);
        current = numbers.activation(index, current);
    }

    private void convolution(int index, FloatLayer layer, int kernel, int stride, int groups) {
        int top = ImageShape.padBefore(shape.height(), kernel, stride);
        int left = ImageShape.padBefore(shape.width(), kernel, stride);
        int bottom = ImageShape.padTotal(shape.height(), kernel, stride) - top;
        int right = ImageShape.padTotal(shape.width(), kernel, stride) - left;
        current = graph.node(
                STANDARD,
                "Conv",
                operands(index, layer, ConstantNames.CONVOLUTION),
                OnnxGraph.integers("dilations", 1, 1),
                OnnxGraph.integer("group", groups),
                OnnxGraph.integers("kernel_shape", kernel, kernel),
                OnnxGraph.integers("pads", top, left, bottom, right),
                OnnxGraph.integers("strides", stride, stride));
        if (layer.activation() == Activation.RELU) {
            current = graph.node(STANDARD, "Relu", List.of(current));
        }
    }

    private void fullyConnected(int index, FullyConnected layer) {
        if (!flat) {
            flatten(index);
        }
        current = graph.node(
                STANDARD,
                "Gemm",
                operands(index, layer, ConstantNames.CONNECTED),
                OnnxGraph.real("alpha", 1),
                OnnxGraph.real("beta", 1),
                OnnxGraph.integer("transB", 1));
    }

    private void flatten(int index) {
        if (shape.height() * shape.width() != 1) {
            throw new IllegalArgumentException(
                    "a fully connected layer must follow a global pool, found %s before it".formatted(shape));
        }
        flat = true;
        current = graph.node(STANDARD, "Flatten", List.of(current), OnnxGraph.integer("axis", 1));
        current = numbers.activation(index - 1, current);
    }

    private List<String> operands(int index, FloatLayer layer, String kind) {
        String weights = numbers.weights(index, ConstantNames.weight(kind, index), FilterOrder.of(layer));
        return List.of(current, weights, numbers.bias(index, ConstantNames.bias(kind, index)));
    }
}
