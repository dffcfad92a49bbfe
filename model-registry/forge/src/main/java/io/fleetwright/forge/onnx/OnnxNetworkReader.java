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
    private static final float NORMALIZATION_EPSILON = 1e-5f;

    private final OnnxFile file;
    private final List<FloatLayer> layers = new ArrayList<>();
    private final Map<Integer, ChannelStatistics> folded = new HashMap<>();
    private String current;
    private ImageShape shape;

    private OnnxNetworkReader(OnnxFile file) {
        this.file = file;
        current = file.inputName();
        shape = file.input();
    }

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
            return new OnnxNetworkReader(OnnxFile.parse(bytes)).network();
        } catch (IllegalArgumentException | ArithmeticException unfit) {
            // The network's own records check every size; what they say is the reason for refusing the file.
            throw new OnnxRefusedException("the layers do not fit together: %s".formatted(unfit.getMessage()));
        }
    }

    private FloatNetwork network() throws OnnxRefusedException {
        for (OnnxFile.Node node : file.nodes()) {
            addNode(node);
        }
        return new FloatNetwork(file.name(), file.input(), layers, statistics());
    }

    private TrainedStatistics statistics() throws OnnxRefusedException {
        TrainedStatistics written = StatisticsProperties.read(file.properties());
        var all = new HashMap<>(folded);
        all.putAll(written.layers());
        return new TrainedStatistics(written.input(), all);
    }

    private void addNode(OnnxFile.Node node) throws OnnxRefusedException {
        List<String> inputs = node.inputs();
        List<String> outputs = node.outputs();
        if (inputs.isEmpty() || outputs.size() != 1 || !inputs.getFirst().equals(current)) {
            throw new OnnxRefusedException("node %s must take '%s' and have one output: the graph must be a chain"
                    .formatted(node.operator(), current));
        }
        switch (node.operator()) {
            case "Conv" -> add(convolution(node));
            case "BatchNormalization" -> foldNormalization(node);
            case "Relu" -> layers.add(withRelu(layers.isEmpty() ? null : layers.removeLast()));
            case "GlobalAveragePool" -> add(new GlobalAveragePool());
            case "Flatten" -> checkFlat();
            case "Gemm" -> add(fullyConnected(node));
            default ->
                throw new OnnxRefusedException("node '%s': operator %s is not supported; supported are Conv, %s"
                        .formatted(
                                node.name(),
                                node.operator(),
                                "BatchNormalization, Relu, GlobalAveragePool, Flatten, Gemm"));
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

    private FloatLayer convolution(OnnxFile.Node node) throws OnnxRefusedException {
        Values weights = initializer(node, 1, 4);
        float[] bias = node.inputs().size() > 2
                ? initializer(node, 2, 1).values
                : new float[OnnxFile.size(weights.shape.getFirst())];
        int kernel = OnnxFile.size(weights.shape.get(2));
        int stride = OnnxFile.size(node.integers("strides", List.of(1L, 1L)).getFirst());
        long group = node.integer("group", 1);
        long top = ImageShape.padBefore(shape.height(), kernel, stride);
        long left = ImageShape.padBefore(shape.width(), kernel, stride);
        long bottom = ImageShape.padTotal(shape.height(), kernel, stride) - top;
        long right = ImageShape.padTotal(shape.width(), kernel, stride) - left;
        List<Long> pads = node.integers("pads", List.of(0L, 0L, 0L, 0L));
        boolean square = weights.shape.get(3) == kernel
                && node.integers("strides", List.of(1L, 1L)).equals(List.of((long) stride, (long) stride))
                && node.integers("dilations", List.of(1L, 1L)).equals(List.of(1L, 1L));
        if (!square || !pads.equals(List.of(top, left, bottom, right))) {
            throw new OnnxRefusedException(
                    "Conv must have a square kernel, equal strides, no dilation and SAME padding; pads are %s"
                            .formatted(pads));
        }
        int outChannels = OnnxFile.size(weights.shape.get(0));
        int inChannels = OnnxFile.size(weights.shape.get(1));
        if (group == 1) {
            float[] turned =
                    FilterOrder.convolution(outChannels, inChannels, kernel).toLayer(weights.values);
            return new Convolution(outChannels, inChannels, kernel, stride, turned, bias, Activation.NONE);
        }
        if (group != shape.channels() || outChannels != group || inChannels != 1) {
            throw new OnnxRefusedException("Conv with group %d must have as many channels in and out".formatted(group));
        }
        float[] turned = FilterOrder.depthwise(outChannels, kernel).toLayer(weights.values);
        return new Depthwise(outChannels, kernel, stride, turned, bias, Activation.NONE);
    }

    private FloatLayer fullyConnected(OnnxFile.Node node) throws OnnxRefusedException {
        Values weights = initializer(node, 1, 2);
        Values bias = initializer(node, 2, 1);
        boolean plain = node.real("alpha", 1) == 1
                && node.real("beta", 1) == 1
                && node.integer("transB", 0) == 1
                && !node.attributes().containsKey("transA");
        if (!plain) {
            throw new OnnxRefusedException("Gemm must have alpha 1, beta 1, transB 1 and no transA");
        }
        return new FullyConnected(
                OnnxFile.size(weights.shape.get(1)), OnnxFile.size(weights.shape.get(0)), weights.values, bias.values);
    }

    private void foldNormalization(OnnxFile.Node node) throws OnnxRefusedException {
        int index = layers.size() - 1;
        int channels = shape.channels();
        float[] gain = perChannel(node, 1, channels);
        float[] shift = perChannel(node, 2, channels);
        float[] mean = perChannel(node, 3, channels);
        float[] variance = perChannel(node, 4, channels);
        float epsilon = node.real("epsilon", NORMALIZATION_EPSILON);
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

    private float[] perChannel(OnnxFile.Node node, int position, int channels) throws OnnxRefusedException {
        float[] values = initializer(node, position, 1).values;
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

    private Values initializer(OnnxFile.Node node, int position, int rank) throws OnnxRefusedException {
        OnnxFile.Initializer found = file.initializer(node.input(position));
        if (found.shape().size() != rank) {
            throw new OnnxRefusedException("input %d must be an initializer of rank %d".formatted(position, rank));
        }
        return new Values(found.shape(), found.floats());
    }
}
