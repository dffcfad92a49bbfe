package io.fleetwright.forge.onnx;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Writes a {@link FloatNetwork} as an ONNX model: opset 13, IR version 8, batch fixed at 1, layout NCHW.
 *
 * <p>Operators used: Conv (padding spelled out), Relu, GlobalAveragePool, Flatten, Gemm. The input is called
 * {@code input}, the output {@code logits}. What is known of the training data goes into metadata properties.
 */
public final class OnnxWriter {
    private static final int IR_VERSION = 8;
    private static final int OPSET_VERSION = 13;
    private static final int TYPE_FLOAT = 1;
    private static final int ATTRIBUTE_FLOAT = 1;
    private static final int ATTRIBUTE_INT = 2;
    private static final int ATTRIBUTE_INTS = 7;

    private final ProtobufWriter graph = new ProtobufWriter();
    private final FloatNetwork network;
    private String current = "input";
    private int nodes;

    private OnnxWriter(FloatNetwork network) {
        this.network = network;
    }

    /** The model file; the same network gives the same bytes. */
    public static byte[] write(FloatNetwork network) {
        return new OnnxWriter(network).model();
    }

    private byte[] model() {
        ImageShape shape = network.input();
        boolean flat = false;
        List<FloatLayer> layers = network.layers();
        for (int i = 0; i < layers.size(); i++) {
            boolean last = i == layers.size() - 1;
            switch (layers.get(i)) {
                case Convolution layer ->
                    convolution(
                            i,
                            shape,
                            new Window(layer.kernel(), layer.stride(), 1),
                            channelsFirst(layer),
                            new long[] {layer.outChannels(), layer.inChannels(), layer.kernel(), layer.kernel()},
                            layer.bias(),
                            layer.activation(),
                            last);
                case Depthwise layer ->
                    convolution(
                            i,
                            shape,
                            new Window(layer.kernel(), layer.stride(), layer.channels()),
                            channelsFirst(layer),
                            new long[] {layer.channels(), 1, layer.kernel(), layer.kernel()},
                            layer.bias(),
                            layer.activation(),
                            last);
                case GlobalAveragePool _ -> node("GlobalAveragePool", List.of(current), last);
                case FullyConnected layer -> {
                    if (!flat) {
                        if (shape.height() * shape.width() != 1) {
                            throw new IllegalArgumentException(
                                    "a fully connected layer must follow a global pool, found %s before it"
                                            .formatted(shape));
                        }
                        node("Flatten", List.of(current), false, integer("axis", 1));
                        flat = true;
                    }
                    String weight =
                            initializer("fc%d.weight".formatted(i), layer.weights(), layer.outputs(), layer.inputs());
                    String bias = initializer("fc%d.bias".formatted(i), layer.bias(), layer.outputs());
                    node(
                            "Gemm",
                            List.of(current, weight, bias),
                            last,
                            real("alpha", 1),
                            real("beta", 1),
                            integer("transB", 1));
                }
            }
            shape = layers.get(i).outputShape(shape);
        }
        graph.text(2, network.name());
        graph.message(
                11,
                valueInfo(
                        "input",
                        1,
                        network.input().channels(),
                        network.input().height(),
                        network.input().width()));
        graph.message(
                12,
                flat
                        ? valueInfo("logits", 1, shape.channels())
                        : valueInfo("logits", 1, shape.channels(), shape.height(), shape.width()));
        var model = new ProtobufWriter()
                .number(1, IR_VERSION)
                .text(2, "fleetwright")
                .message(7, graph)
                .message(8, new ProtobufWriter().text(1, "").number(2, OPSET_VERSION));
        StatisticsProperties.of(network.statistics())
                .forEach((name, value) ->
                        model.message(14, new ProtobufWriter().text(1, name).text(2, value)));
        return model.toByteArray();
    }

    private record Window(int kernel, int stride, int groups) {}

    private void convolution(
            int index,
            ImageShape shape,
            Window window,
            float[] weights,
            long[] weightShape,
            float[] bias,
            Activation activation,
            boolean last) {
        String weightName = initializer("conv%d.weight".formatted(index), weights, weightShape);
        String biasName = initializer("conv%d.bias".formatted(index), bias, bias.length);
        int top = ImageShape.padBefore(shape.height(), window.kernel(), window.stride());
        int left = ImageShape.padBefore(shape.width(), window.kernel(), window.stride());
        int bottom = ImageShape.padTotal(shape.height(), window.kernel(), window.stride()) - top;
        int right = ImageShape.padTotal(shape.width(), window.kernel(), window.stride()) - left;
        boolean relu = activation == Activation.RELU;
        node(
                "Conv",
                List.of(current, weightName, biasName),
                last && !relu,
                integers("dilations", 1, 1),
                integer("group", window.groups()),
                integers("kernel_shape", window.kernel(), window.kernel()),
                integers("pads", top, left, bottom, right),
                integers("strides", window.stride(), window.stride()));
        if (relu) {
            node("Relu", List.of(current), last);
        }
    }

    private void node(String operator, List<String> inputs, boolean last, ProtobufWriter... attributes) {
        String output = last ? "logits" : "t%d".formatted(nodes);
        var node = new ProtobufWriter();
        inputs.forEach(name -> node.text(1, name));
        node.text(2, output).text(3, "%s_%d".formatted(operator, nodes)).text(4, operator);
        for (ProtobufWriter attribute : attributes) {
            node.message(5, attribute);
        }
        graph.message(1, node);
        nodes++;
        current = output;
    }

    private String initializer(String name, float[] values, long... shape) {
        var raw = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            raw.putFloat(value);
        }
        var tensor = new ProtobufWriter();
        for (long dimension : shape) {
            tensor.number(1, dimension);
        }
        graph.message(5, tensor.number(2, TYPE_FLOAT).text(8, name).bytes(9, raw.array()));
        return name;
    }

    private static ProtobufWriter valueInfo(String name, long... shape) {
        var dimensions = new ProtobufWriter();
        for (long dimension : shape) {
            dimensions.message(1, new ProtobufWriter().number(1, dimension));
        }
        var tensor = new ProtobufWriter().number(1, TYPE_FLOAT).message(2, dimensions);
        return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
    }

    private static ProtobufWriter integer(String name, long value) {
        return new ProtobufWriter().text(1, name).number(3, value).number(20, ATTRIBUTE_INT);
    }

    private static ProtobufWriter real(String name, float value) {
        return new ProtobufWriter().text(1, name).real(2, value).number(20, ATTRIBUTE_FLOAT);
    }

    private static ProtobufWriter integers(String name, long... values) {
        var attribute = new ProtobufWriter().text(1, name);
        for (long value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, ATTRIBUTE_INTS);
    }

    /** {@code [out][y][x][in]} to {@code [out][in][y][x]}. */
    private static float[] channelsFirst(Convolution layer) {
        int positions = layer.kernel() * layer.kernel();
        var result = new float[layer.weights().length];
        for (int o = 0; o < layer.outChannels(); o++) {
            for (int p = 0; p < positions; p++) {
                for (int c = 0; c < layer.inChannels(); c++) {
                    result[(o * layer.inChannels() + c) * positions + p] =
                            layer.weights()[(o * positions + p) * layer.inChannels() + c];
                }
            }
        }
        return result;
    }

    /** {@code [y][x][channel]} to {@code [channel][1][y][x]}. */
    private static float[] channelsFirst(Depthwise layer) {
        int positions = layer.kernel() * layer.kernel();
        var result = new float[layer.weights().length];
        for (int c = 0; c < layer.channels(); c++) {
            for (int p = 0; p < positions; p++) {
                result[c * positions + p] = layer.weights()[p * layer.channels() + c];
            }
        }
        return result;
    }
}
