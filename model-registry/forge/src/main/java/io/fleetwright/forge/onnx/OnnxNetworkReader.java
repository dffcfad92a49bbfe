package io.fleetwright.forge.onnx;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.TrainedStatistics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a float ONNX file back into a {@link FloatNetwork} when it is a straight chain of Conv, BatchNormalization,
 * Relu, GlobalAveragePool, Flatten and Gemm nodes with SAME padding, as {@link OnnxWriter} makes them.
 *
 * <p>Batch normalization is folded into the convolution before it, {@code w' = w * g / sqrt(v + e)} and
 * {@code b' = (b - m) * g / sqrt(v + e) + beta} (Jacob et al., 2018, section 3.2); its shift and scale stay as the
 * statistics of that layer.
 */
public final class OnnxNetworkReader {
    private static final int NODES_MAX = 10_000;
    private static final int TYPE_FLOAT = 1;
    private static final float NORMALIZATION_EPSILON = 1e-5f;

    private final Map<String, Values> initializers = new HashMap<>();
    private final List<FloatLayer> layers = new ArrayList<>();
    private final Map<Integer, ChannelStatistics> folded = new HashMap<>();
    private String current = "";
    private ImageShape shape = new ImageShape(1, 1, 1);

    private OnnxNetworkReader() {}

    /** A float initializer. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Values(List<Long> shape, float[] values) {}

    /**
     * Reads the network.
     *
     * @throws OnnxRefusedException if the bytes are not such a file; nothing else is thrown
     */
    public static FloatNetwork read(byte[] bytes) throws OnnxRefusedException {
        try {
            return new OnnxNetworkReader().network(bytes);
        } catch (IllegalArgumentException | ArithmeticException unfit) {
            // The network's own records check every size; what they say is the reason for refusing the file.
            throw new OnnxRefusedException("the layers do not fit together: %s".formatted(unfit.getMessage()));
        }
    }

    private FloatNetwork network(byte[] bytes) throws OnnxRefusedException {
        ProtobufMessage model = ProtobufMessage.parse(ByteBuffer.wrap(bytes));
        ProtobufMessage graph = ProtobufMessage.parse(model.block(7));
        for (ByteBuffer block : graph.blockList(5)) {
            addInitializer(ProtobufMessage.parse(block));
        }
        ImageShape input = readInput(graph);
        shape = input;
        List<ByteBuffer> nodes = graph.blockList(1);
        if (nodes.size() > NODES_MAX) {
            throw new OnnxRefusedException("%d nodes, at most %d".formatted(nodes.size(), NODES_MAX));
        }
        for (ByteBuffer node : nodes) {
            addNode(ProtobufMessage.parse(node));
        }
        return new FloatNetwork(graph.text(2), input, layers, statistics(model));
    }

    private TrainedStatistics statistics(ProtobufMessage model) throws OnnxRefusedException {
        var properties = new HashMap<String, String>();
        for (ByteBuffer block : model.blockList(14)) {
            ProtobufMessage property = ProtobufMessage.parse(block);
            properties.put(property.text(1), property.text(2));
        }
        TrainedStatistics written = StatisticsProperties.read(properties);
        var all = new HashMap<>(folded);
        all.putAll(written.layers());
        return new TrainedStatistics(written.input(), all);
    }

    private void addInitializer(ProtobufMessage tensor) throws OnnxRefusedException {
        String name = tensor.text(8);
        ByteBuffer raw = tensor.block(9);
        List<Long> dimensions = tensor.numberList(1);
        long elements = 1;
        for (long dimension : dimensions) {
            elements = Math.multiplyExact(elements, dimension);
        }
        if (tensor.number(2, 0) != TYPE_FLOAT || elements != raw.remaining() / Float.BYTES) {
            throw new OnnxRefusedException("initializer '%s' must be float32 raw data of %d elements, has %d bytes"
                    .formatted(name, elements, raw.remaining()));
        }
        var values = new float[(int) elements];
        raw.asFloatBuffer().get(values);
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new OnnxRefusedException(
                        "initializer '%s' must be finite, element %d is %s".formatted(name, i, values[i]));
            }
        }
        initializers.put(name, new Values(dimensions, values));
    }

    private ImageShape readInput(ProtobufMessage graph) throws OnnxRefusedException {
        for (ByteBuffer block : graph.blockList(11)) {
            ProtobufMessage input = ProtobufMessage.parse(block);
            if (initializers.containsKey(input.text(1))) {
                continue;
            }
            current = input.text(1);
            ProtobufMessage tensor =
                    ProtobufMessage.parse(ProtobufMessage.parse(input.block(2)).block(1));
            List<Integer> dimensions = new ArrayList<>();
            for (ByteBuffer dimension : ProtobufMessage.parse(tensor.block(2)).blockList(1)) {
                dimensions.add(size(ProtobufMessage.parse(dimension).number(1, 0)));
            }
            if (dimensions.size() != 4 || dimensions.getFirst() != 1) {
                throw new OnnxRefusedException(
                        "input '%s' of shape %s must be 1 x channels x height x width".formatted(current, dimensions));
            }
            return new ImageShape(dimensions.get(2), dimensions.get(3), dimensions.get(1));
        }
        throw new OnnxRefusedException("the graph has no input");
    }

    private void addNode(ProtobufMessage node) throws OnnxRefusedException {
        List<String> inputs = node.textList(1);
        List<String> outputs = node.textList(2);
        String operator = node.text(4);
        if (inputs.isEmpty() || outputs.size() != 1 || !inputs.getFirst().equals(current)) {
            throw new OnnxRefusedException("node %s must take '%s' and have one output: the graph must be a chain"
                    .formatted(operator, current));
        }
        var attributes = new HashMap<String, ProtobufMessage>();
        for (ByteBuffer block : node.blockList(5)) {
            ProtobufMessage attribute = ProtobufMessage.parse(block);
            attributes.put(attribute.text(1), attribute);
        }
        switch (operator) {
            case "Conv" -> add(convolution(inputs, attributes));
            case "BatchNormalization" -> foldNormalization(inputs, attributes);
            case "Relu" -> layers.add(withRelu(layers.isEmpty() ? null : layers.removeLast()));
            case "GlobalAveragePool" -> add(new GlobalAveragePool());
            case "Flatten" -> checkFlat();
            case "Gemm" -> add(fullyConnected(inputs, attributes));
            default ->
                throw new OnnxRefusedException("node '%s': operator %s is not supported; supported are Conv, %s"
                        .formatted(
                                node.text(3), operator, "BatchNormalization, Relu, GlobalAveragePool, Flatten, Gemm"));
        }
        current = outputs.getFirst();
    }

    private void add(FloatLayer layer) {
        shape = layer.outputShape(shape);
        layers.add(layer);
    }

    private void checkFlat() throws OnnxRefusedException {
        if (shape.height() * shape.width() != 1) {
            throw new OnnxRefusedException("Flatten must follow a global pool, found %s".formatted(shape));
        }
    }

    private FloatLayer convolution(List<String> inputs, Map<String, ProtobufMessage> attributes)
            throws OnnxRefusedException {
        Values weights = initializer(inputs, 1, 4);
        float[] bias = inputs.size() > 2 ? initializer(inputs, 2, 1).values : new float[size(weights.shape.getFirst())];
        int kernel = size(weights.shape.get(2));
        int stride = size(integers(attributes, "strides", List.of(1L, 1L)).getFirst());
        long group = attributes.containsKey("group") ? attributes.get("group").number(3, 1) : 1;
        long top = ImageShape.padBefore(shape.height(), kernel, stride);
        long left = ImageShape.padBefore(shape.width(), kernel, stride);
        long bottom = ImageShape.padTotal(shape.height(), kernel, stride) - top;
        long right = ImageShape.padTotal(shape.width(), kernel, stride) - left;
        List<Long> pads = integers(attributes, "pads", List.of(0L, 0L, 0L, 0L));
        boolean square = weights.shape.get(3) == kernel
                && integers(attributes, "strides", List.of(1L, 1L)).equals(List.of((long) stride, (long) stride))
                && integers(attributes, "dilations", List.of(1L, 1L)).equals(List.of(1L, 1L));
        if (!square || !pads.equals(List.of(top, left, bottom, right))) {
            throw new OnnxRefusedException(
                    "Conv must have a square kernel, equal strides, no dilation and SAME padding; pads are %s"
                            .formatted(pads));
        }
        int outChannels = size(weights.shape.get(0));
        int inChannels = size(weights.shape.get(1));
        float[] turned = channelsLast(weights.values, outChannels, inChannels, kernel * kernel, group > 1);
        if (group == 1) {
            return new Convolution(outChannels, inChannels, kernel, stride, turned, bias, Activation.NONE);
        }
        if (group != shape.channels() || outChannels != group || inChannels != 1) {
            throw new OnnxRefusedException("Conv with group %d must have as many channels in and out".formatted(group));
        }
        return new Depthwise(outChannels, kernel, stride, turned, bias, Activation.NONE);
    }

    /** To {@code [out][position][in]}, or {@code [position][out]} for a depthwise filter. */
    private static float[] channelsLast(float[] values, int outs, int ins, int positions, boolean depthwise) {
        var turned = new float[values.length];
        for (int o = 0; o < outs; o++) {
            for (int c = 0; c < ins; c++) {
                for (int p = 0; p < positions; p++) {
                    int to = depthwise ? p * outs + o : (o * positions + p) * ins + c;
                    turned[to] = values[(o * ins + c) * positions + p];
                }
            }
        }
        return turned;
    }

    private FloatLayer fullyConnected(List<String> inputs, Map<String, ProtobufMessage> attributes)
            throws OnnxRefusedException {
        Values weights = initializer(inputs, 1, 2);
        Values bias = initializer(inputs, 2, 1);
        boolean plain = real(attributes, "alpha") == 1
                && real(attributes, "beta") == 1
                && attributes.containsKey("transB")
                && attributes.get("transB").number(3, 0) == 1
                && !attributes.containsKey("transA");
        if (!plain) {
            throw new OnnxRefusedException("Gemm must have alpha 1, beta 1, transB 1 and no transA");
        }
        return new FullyConnected(size(weights.shape.get(1)), size(weights.shape.get(0)), weights.values, bias.values);
    }

    private void foldNormalization(List<String> inputs, Map<String, ProtobufMessage> attributes)
            throws OnnxRefusedException {
        int index = layers.size() - 1;
        int channels = shape.channels();
        float[] gain = perChannel(inputs, 1, channels);
        float[] shift = perChannel(inputs, 2, channels);
        float[] mean = perChannel(inputs, 3, channels);
        float[] variance = perChannel(inputs, 4, channels);
        float epsilon = attributes.containsKey("epsilon") ? real(attributes, "epsilon") : NORMALIZATION_EPSILON;
        var factor = new float[channels];
        var deviation = new float[channels];
        for (int c = 0; c < channels; c++) {
            factor[c] = (float) (gain[c] / Math.sqrt(variance[c] + epsilon));
            deviation[c] = (float) (Math.abs(factor[c]) * Math.sqrt(variance[c]));
        }
        layers.add(
                switch (layers.isEmpty() ? null : layers.removeLast()) {
                    case Convolution c
                    when c.activation() == Activation.NONE ->
                        new Convolution(
                                c.outChannels(),
                                c.inChannels(),
                                c.kernel(),
                                c.stride(),
                                scaled(c.weights(), factor, c.weights().length / channels, channels),
                                moved(c.bias(), mean, factor, shift),
                                Activation.NONE);
                    case Depthwise d
                    when d.activation() == Activation.NONE ->
                        new Depthwise(
                                d.channels(),
                                d.kernel(),
                                d.stride(),
                                scaled(d.weights(), factor, 1, channels),
                                moved(d.bias(), mean, factor, shift),
                                Activation.NONE);
                    case null, default ->
                        throw new OnnxRefusedException("BatchNormalization must follow a Conv directly");
                });
        folded.put(index, new ChannelStatistics(shift, deviation));
    }

    private float[] perChannel(List<String> inputs, int position, int channels) throws OnnxRefusedException {
        float[] values = initializer(inputs, position, 1).values;
        if (values.length != channels) {
            throw new OnnxRefusedException("input %d of BatchNormalization has %d values, %d channels before it"
                    .formatted(position, values.length, channels));
        }
        return values;
    }

    /** Each weight times the factor of its output channel, which changes every {@code run} weights. */
    private static float[] scaled(float[] weights, float[] factor, int run, int channels) {
        float[] result = weights.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] *= factor[i / run % channels];
        }
        return result;
    }

    private static float[] moved(float[] bias, float[] mean, float[] factor, float[] shift) {
        float[] result = bias.clone();
        for (int c = 0; c < result.length; c++) {
            result[c] = (bias[c] - mean[c]) * factor[c] + shift[c];
        }
        return result;
    }

    private static FloatLayer withRelu(@Nullable FloatLayer layer) throws OnnxRefusedException {
        return switch (layer) {
            case Convolution c ->
                new Convolution(
                        c.outChannels(),
                        c.inChannels(),
                        c.kernel(),
                        c.stride(),
                        c.weights(),
                        c.bias(),
                        Activation.RELU);
            case Depthwise d ->
                new Depthwise(d.channels(), d.kernel(), d.stride(), d.weights(), d.bias(), Activation.RELU);
            case null, default -> throw new OnnxRefusedException("Relu must follow a Conv");
        };
    }

    private Values initializer(List<String> inputs, int position, int rank) throws OnnxRefusedException {
        Values values = position < inputs.size() ? initializers.get(inputs.get(position)) : null;
        if (values == null || values.shape.size() != rank) {
            throw new OnnxRefusedException("input %d must be an initializer of rank %d".formatted(position, rank));
        }
        return values;
    }

    private static List<Long> integers(Map<String, ProtobufMessage> attributes, String name, List<Long> otherwise)
            throws OnnxRefusedException {
        ProtobufMessage attribute = attributes.get(name);
        if (attribute == null) {
            return otherwise;
        }
        List<Long> values = attribute.numberList(8);
        if (values.size() != otherwise.size()) {
            throw new OnnxRefusedException(
                    "attribute %s (%s) must have %d values".formatted(name, values, otherwise.size()));
        }
        return values;
    }

    private static float real(Map<String, ProtobufMessage> attributes, String name) {
        ProtobufMessage attribute = attributes.get(name);
        return attribute == null ? 1 : Float.intBitsToFloat((int) attribute.number(2, 0));
    }

    private static int size(long value) throws OnnxRefusedException {
        if (value < 1 || value > 1 << 16) {
            throw new OnnxRefusedException("dimension %d must be in 1..%d".formatted(value, 1 << 16));
        }
        return (int) value;
    }
}
