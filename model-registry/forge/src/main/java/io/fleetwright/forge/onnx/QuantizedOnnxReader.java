package io.fleetwright.forge.onnx;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.quantize.ActivationParameters;
import io.fleetwright.forge.quantize.QuantizedNetwork;
import io.fleetwright.forge.quantize.QuantizedNetwork.QuantizedLayer;
import io.fleetwright.forge.quantize.QuantizedWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Reads what {@link QuantizedOnnxWriter} writes, either spelling, and nothing else: a file whose network would not be
 * written as the very same bytes is refused. Integers, scales and ranges come back as they went.
 */
public final class QuantizedOnnxReader {
    private final OnnxFile file;
    /** By the first thing that they read. */
    private final Map<String, OnnxFile.Node> readers = new HashMap<>();

    private final IntegerConstants constants;

    private QuantizedOnnxReader(OnnxFile file) {
        this.file = file;
        for (OnnxFile.Node node : file.nodes()) {
            readers.putIfAbsent(node.input(0), node);
        }
        constants = isQonnx(file) ? new QonnxConstants(file) : new QcdqConstants(file);
    }

    /**
     * Reads the network.
     *
     * @throws OnnxRefusedException if the bytes are not such a file; nothing else is thrown
     */
    public static QuantizedNetwork read(byte[] bytes) throws OnnxRefusedException {
        try {
            OnnxFile file = OnnxFile.parse(bytes);
            QuantizedNetwork network = new QuantizedOnnxReader(file).network();
            byte[] again = isQonnx(file) ? QuantizedOnnxWriter.qonnx(network) : QuantizedOnnxWriter.qcdq(network);
            if (!Arrays.equals(again, bytes)) {
                throw new OnnxRefusedException("the file is none of this exporter's: its network is written otherwise");
            }
            return network;
        } catch (IllegalArgumentException | ArithmeticException unfit) {
            // The network's own records check what they hold; what they say is the reason for refusing the file.
            throw new OnnxRefusedException("the layers do not fit together: %s".formatted(unfit.getMessage()));
        }
    }

    private static boolean isQonnx(OnnxFile file) {
        return file.nodes().stream().anyMatch(node -> node.operator().equals(QonnxNumbers.OPERATOR));
    }

    private QuantizedNetwork network() throws OnnxRefusedException {
        ActivationParameters input = parameters(-1);
        List<QuantizedLayer> layers = new ArrayList<>();
        ImageShape shape = file.input();
        ActivationParameters before = input;
        for (OnnxFile.Node node : file.nodes()) {
            Optional<QuantizedLayer> layer = layer(node, layers.size(), shape, before);
            if (layer.isPresent()) {
                layers.add(layer.get());
                shape = layer.get().source().outputShape(shape);
                before = layer.get().output();
            }
        }
        List<FloatLayer> sources = layers.stream().map(QuantizedLayer::source).toList();
        return new QuantizedNetwork(new FloatNetwork(file.name(), file.input(), sources), input, layers);
    }

    private Optional<QuantizedLayer> layer(OnnxFile.Node node, int index, ImageShape shape, ActivationParameters before)
            throws OnnxRefusedException {
        return switch (node.operator()) {
            case "Conv" -> Optional.of(convolution(node, index, shape, before));
            case "GlobalAveragePool" ->
                Optional.of(new QuantizedLayer(new GlobalAveragePool(), Optional.empty(), parameters(index)));
            case "Gemm" -> Optional.of(fullyConnected(index, before));
            default -> Optional.empty();
        };
    }

    private QuantizedLayer convolution(OnnxFile.Node node, int index, ImageShape shape, ActivationParameters before)
            throws OnnxRefusedException {
        String name = ConstantNames.weight(ConstantNames.CONVOLUTION, index);
        int outs = extent(name, 0);
        int kernel = extent(name, 2);
        int stride = OnnxFile.size(node.integers("strides", List.of(1L, 1L)).getFirst());
        Activation activation = feedsRelu(node) ? Activation.RELU : Activation.NONE;
        int ins = shape.channels();
        return node.integer("group", 1) == 1
                ? weighted(
                        ConstantNames.CONVOLUTION,
                        index,
                        FilterOrder.convolution(outs, ins, kernel),
                        before,
                        (weights, bias) -> new Convolution(outs, ins, kernel, stride, weights, bias, activation))
                : weighted(
                        ConstantNames.CONVOLUTION,
                        index,
                        FilterOrder.depthwise(outs, kernel),
                        before,
                        (weights, bias) -> new Depthwise(outs, kernel, stride, weights, bias, activation));
    }

    private boolean feedsRelu(OnnxFile.Node node) {
        OnnxFile.Node next = readers.get(node.output());
        return next != null && next.operator().equals("Relu");
    }

    private QuantizedLayer fullyConnected(int index, ActivationParameters before) throws OnnxRefusedException {
        String name = ConstantNames.weight(ConstantNames.CONNECTED, index);
        int outs = extent(name, 0);
        int ins = extent(name, 1);
        return weighted(
                ConstantNames.CONNECTED,
                index,
                FilterOrder.connected(outs, ins),
                before,
                (weights, bias) -> new FullyConnected(ins, outs, weights, bias));
    }

    private int extent(String name, int dimension) throws OnnxRefusedException {
        List<Long> shape = file.initializer(name).shape();
        if (dimension >= shape.size()) {
            throw new OnnxRefusedException(
                    "initializer '%s' of shape %s must have more than %d dimensions".formatted(name, shape, dimension));
        }
        return OnnxFile.size(shape.get(dimension));
    }

    private QuantizedLayer weighted(
            String kind,
            int index,
            FilterOrder order,
            ActivationParameters before,
            BiFunction<float[], float[], FloatLayer> source)
            throws OnnxRefusedException {
        String name = ConstantNames.weight(kind, index);
        OnnxFile.Node reader = readers.get(name);
        float[] scales = file.initializer(ConstantNames.scale(name)).floats();
        if (reader == null
                || scales.length != order.shape().getFirst()
                || !order.shape().equals(file.initializer(name).shape())) {
            throw new OnnxRefusedException("weights '%s' must be read, of shape %s and with as many scales (%d)"
                    .formatted(name, order.shape(), scales.length));
        }
        byte[] levels = constants.levels(name, scales);
        var each = new ArrayList<Float>();
        var biasScales = new double[scales.length];
        for (int c = 0; c < scales.length; c++) {
            each.add(scales[c]);
            biasScales[c] = (double) before.scale() * scales[c];
        }
        int[] bias = constants.bias(ConstantNames.bias(kind, index), biasScales);
        var weights = new QuantizedWeights(order.toLayer(levels), each, bias, constants.range(reader));
        FloatLayer real =
                source.apply(order.toLayer(QonnxNumbers.real(levels, scales)), weights.realBias(before.scale()));
        return new QuantizedLayer(real, Optional.of(weights), parameters(index));
    }

    private ActivationParameters parameters(int layer) throws OnnxRefusedException {
        String name = ConstantNames.activation(layer);
        float scale = file.initializer(ConstantNames.scale(name)).single();
        return new ActivationParameters(scale, constants.zeroPoint(ConstantNames.zero(name)));
    }
}
