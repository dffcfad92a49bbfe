package io.fleetwright.forge.quantize;

import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.quantize.QuantizedNetwork.QuantizedLayer;
import io.fleetwright.forge.weights.IntegerWeights;
import io.fleetwright.forge.weights.WeightCodes;
import io.fleetwright.forge.weights.WeightRows;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A network whose weights are integers of any format, with int8 activations. */
public record QuantizedModel(String name, ImageShape shape, ActivationParameters input, List<Layer> layers) {
    /**
     * @param source what kind of layer it is; its weights are the real values of the integers
     * @param weights empty for layers without weights
     * @param bias one int32 per output channel, in steps of input scale times weight scale
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Layer(FloatLayer source, Optional<IntegerWeights> weights, int[] bias, ActivationParameters output) {
        public Layer {
            bias = bias.clone();
            if (weights.isPresent() != WeightRows.areIn(source)
                    || bias.length != weights.map(IntegerWeights::channels).orElse(0)) {
                throw new IllegalArgumentException("weights (%s) and biases (%d) must fit %s"
                        .formatted(
                                weights.isPresent(),
                                bias.length,
                                source.getClass().getSimpleName()));
            }
        }

        /** Rounds real biases; {@code before} is how the layer's input is represented. */
        static Layer of(
                FloatLayer source,
                Optional<IntegerWeights> weights,
                float[] bias,
                ActivationParameters before,
                ActivationParameters output) {
            var steps = new int[bias.length];
            for (int c = 0; c < steps.length; c++) {
                double step = (double) before.scale() * weights.orElseThrow().scale(c);
                steps[c] = (int) Math.clamp(Math.rint(bias[c] / step), Integer.MIN_VALUE, Integer.MAX_VALUE);
            }
            return standingFor(source, weights, steps, before, output);
        }

        /** The layer whose real weights and biases are those of the integers; those of {@code source} are not read. */
        public static Layer standingFor(
                FloatLayer source,
                Optional<IntegerWeights> weights,
                int[] bias,
                ActivationParameters before,
                ActivationParameters output) {
            if (weights.isEmpty()) {
                return new Layer(source, weights, bias, output);
            }
            var real = new float[bias.length];
            for (int c = 0; c < bias.length; c++) {
                real[c] = (float)
                        ((double) bias[c] * before.scale() * weights.get().scale(c));
            }
            return new Layer(weights.get().real().into(source, real), weights, bias, output);
        }
    }

    public QuantizedModel {
        layers = List.copyOf(layers);
    }

    /** Bytes that the weights take on disk: codes, scales, group scales. */
    public long weightBytes() {
        return layers.stream()
                .flatMap(layer -> layer.weights().stream())
                .mapToLong(w -> WeightCodes.bytes(w.format(), w.span(), w.channels(), w.depth()))
                .sum();
    }

    /** Weights of all layers, biases not counted. */
    public long weightCount() {
        return layers.stream()
                .flatMap(layer -> layer.weights().stream())
                .mapToLong(w -> w.levels().length)
                .sum();
    }

    /** Weights and biases. */
    public long parameters() {
        return real().parameters();
    }

    /** Times that float32 weights are larger than {@link #weightBytes}. */
    public double weightRatio() {
        return (double) (weightCount() * Float.BYTES) / weightBytes();
    }

    /** The float network that the integers stand for. */
    public FloatNetwork real() {
        return new FloatNetwork(name, shape, layers.stream().map(Layer::source).toList());
    }

    /** The same integers as int8 weights with a scale per channel, which the runtime runs whatever the format is. */
    public QuantizedNetwork int8() {
        return new QuantizedNetwork(
                real(),
                input,
                layers.stream()
                        .map(layer -> new QuantizedLayer(
                                layer.source(), layer.weights().map(weights -> int8(layer, weights)), layer.output()))
                        .toList());
    }

    private static QuantizedWeights int8(Layer layer, IntegerWeights weights) {
        byte[] values = weights.levels();
        if (layer.source() instanceof FloatLayer.Depthwise) {
            values = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                values[i % weights.depth() * weights.channels() + i / weights.depth()] = weights.levels()[i];
            }
        }
        List<Float> scales =
                IntStream.range(0, weights.channels()).mapToObj(weights::scale).toList();
        return new QuantizedWeights(values, scales, layer.bias(), weights.range());
    }
}
