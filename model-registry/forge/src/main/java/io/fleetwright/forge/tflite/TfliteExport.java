package io.fleetwright.forge.tflite;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.quantize.ActivationParameters;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import io.fleetwright.forge.quantize.QuantizedNetwork.QuantizedLayer;
import io.fleetwright.forge.quantize.QuantizedWeights;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Operator;
import io.fleetwright.forge.tflite.TfliteModel.Padding;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteModel.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Describes a quantized classifier as a TensorFlow Lite graph, batch 1, ending in a softmax. */
public final class TfliteExport {
    private static final ActivationParameters PROBABILITIES = new ActivationParameters(1f / 256, Byte.MIN_VALUE);

    private final List<Tensor> tensors = new ArrayList<>();
    private final List<Operator> operators = new ArrayList<>();
    private int current;
    private ImageShape shape;
    private ActivationParameters parameters;
    private boolean flat;

    private TfliteExport(QuantizedNetwork network) {
        shape = network.source().input();
        parameters = network.input();
        current = activation("input", imageDimensions(), parameters);
    }

    /** The graph: one operator per layer, a reshape before the first fully connected layer, a softmax at the end. */
    public static TfliteModel classifier(QuantizedNetwork network) {
        var export = new TfliteExport(network);
        int input = export.current;
        for (int i = 0; i < network.layers().size(); i++) {
            export.add(i, network.layers().get(i));
        }
        export.add(
                new Kind.Softmax(1),
                List.of(export.current),
                export.activation("probabilities", export.dimensions(), PROBABILITIES));
        FloatNetwork source = network.source();
        return new TfliteModel(
                source.name(), export.tensors, export.operators, List.of(input), List.of(export.current), Map.of());
    }

    private void add(int index, QuantizedLayer layer) {
        FloatLayer source = layer.source();
        if (source instanceof FloatLayer.FullyConnected && !flat) {
            flatten();
        }
        ActivationParameters before = parameters;
        shape = source.outputShape(shape);
        parameters = layer.output();
        String name = "layer%d".formatted(index);
        switch (source) {
            case FloatLayer.Convolution conv -> {
                List<Integer> weightShape =
                        List.of(conv.outChannels(), conv.kernel(), conv.kernel(), conv.inChannels());
                List<Integer> inputs = withWeights(name, layer, weightShape, 0, before);
                var kind = new Kind.Conv2d(Padding.SAME, conv.stride(), conv.stride(), fused(conv.activation()));
                add(kind, inputs, activation(name, dimensions(), parameters));
            }
            case FloatLayer.Depthwise conv -> {
                List<Integer> weightShape = List.of(1, conv.kernel(), conv.kernel(), conv.channels());
                List<Integer> inputs = withWeights(name, layer, weightShape, 3, before);
                var kind = new Kind.DepthwiseConv2d(
                        Padding.SAME, conv.stride(), conv.stride(), 1, fused(conv.activation()));
                add(kind, inputs, activation(name, dimensions(), parameters));
            }
            case FloatLayer.GlobalAveragePool _ -> {
                List<Integer> input = tensors.get(current).shape();
                var kind = new Kind.AveragePool2d(
                        Padding.VALID, input.get(1), input.get(2), input.get(1), input.get(2), Fused.NONE);
                add(kind, List.of(current), activation(name, dimensions(), parameters));
            }
            case FloatLayer.FullyConnected connected -> {
                List<Integer> weightShape = List.of(connected.outputs(), connected.inputs());
                List<Integer> inputs = withWeights(name, layer, weightShape, 0, before);
                add(new Kind.FullyConnected(Fused.NONE), inputs, activation(name, dimensions(), parameters));
            }
        }
    }

    private void flatten() {
        flat = true;
        List<Integer> target = dimensions();
        int shapeTensor = tensors.size();
        tensors.add(new Tensor(
                "flat.shape",
                List.of(target.size()),
                ElementType.INT32,
                Optional.of(
                        littleEndian(target.stream().mapToInt(Integer::intValue).toArray())),
                Optional.empty()));
        add(new Kind.Reshape(target), List.of(current, shapeTensor), activation("flat", target, parameters));
    }

    private List<Integer> withWeights(
            String name,
            QuantizedLayer layer,
            List<Integer> weightShape,
            int channelDimension,
            ActivationParameters input) {
        QuantizedWeights weights = layer.weights().orElseThrow();
        List<Float> scales = weights.scales();
        List<Float> biasScales =
                scales.stream().map(scale -> input.scale() * scale).toList();
        List<Long> zeros = Collections.nCopies(scales.size(), 0L);
        int first = tensors.size();
        tensors.add(new Tensor(
                name + ".weight",
                weightShape,
                ElementType.INT8,
                Optional.of(weights.values()),
                Optional.of(new Quantization(scales, zeros, scales.size() == 1 ? 0 : channelDimension))));
        tensors.add(new Tensor(
                name + ".bias",
                List.of(weights.bias().length),
                ElementType.INT32,
                Optional.of(littleEndian(weights.bias())),
                Optional.of(new Quantization(biasScales, zeros, 0))));
        return List.of(current, first, first + 1);
    }

    private void add(Kind kind, List<Integer> inputs, int output) {
        operators.add(new Operator(kind, inputs, List.of(output)));
        current = output;
    }

    private int activation(String name, List<Integer> dimensions, ActivationParameters values) {
        tensors.add(new Tensor(
                name,
                dimensions,
                ElementType.INT8,
                Optional.empty(),
                Optional.of(Quantization.perTensor(values.scale(), values.zeroPoint()))));
        return tensors.size() - 1;
    }

    private List<Integer> dimensions() {
        return flat ? List.of(1, shape.elements()) : imageDimensions();
    }

    private List<Integer> imageDimensions() {
        return List.of(1, shape.height(), shape.width(), shape.channels());
    }

    private static Fused fused(Activation activation) {
        return switch (activation) {
            case NONE -> Fused.NONE;
            case RELU -> Fused.RELU;
        };
    }

    private static byte[] littleEndian(int... values) {
        var data = new byte[values.length * Integer.BYTES];
        ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
        return data;
    }
}
