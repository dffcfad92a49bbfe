package io.fleetwright.forge.weights;

import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;

/**
 * A layer's weights as a matrix: one row per output channel, the columns in the order of its windows.
 *
 * @param channels output channels
 * @param depth weights of each
 * @param values {@code [channels][depth]}
 */
@SuppressWarnings("ArrayRecordComponent")
public record WeightRows(int channels, int depth, float[] values) {
    public WeightRows {
        values = values.clone();
        if (values.length != channels * depth) {
            throw new IllegalArgumentException(
                    "values (%d) must be %d channels of %d".formatted(values.length, channels, depth));
        }
    }

    /** True when the layer has weights. */
    public static boolean areIn(FloatLayer layer) {
        return !(layer instanceof GlobalAveragePool);
    }

    /**
     * The rows of a layer.
     *
     * @throws IllegalArgumentException if it has no weights
     */
    public static WeightRows of(FloatLayer layer) {
        return switch (layer) {
            case Convolution conv ->
                new WeightRows(conv.outChannels(), conv.weights().length / conv.outChannels(), conv.weights());
            case Depthwise conv -> {
                int depth = conv.kernel() * conv.kernel();
                yield new WeightRows(conv.channels(), depth, turned(conv.weights(), depth, conv.channels()));
            }
            case FullyConnected connected ->
                new WeightRows(connected.outputs(), connected.inputs(), connected.weights());
            case GlobalAveragePool _ -> throw new IllegalArgumentException("a global average has no weights");
        };
    }

    /** {@code layer} with these weights and other biases. */
    public FloatLayer into(FloatLayer layer, float[] bias) {
        return switch (layer) {
            case Convolution conv ->
                new Convolution(
                        conv.outChannels(),
                        conv.inChannels(),
                        conv.kernel(),
                        conv.stride(),
                        values,
                        bias,
                        conv.activation());
            case Depthwise conv ->
                new Depthwise(
                        conv.channels(),
                        conv.kernel(),
                        conv.stride(),
                        turned(values, channels, depth),
                        bias,
                        conv.activation());
            case FullyConnected connected -> new FullyConnected(connected.inputs(), connected.outputs(), values, bias);
            case GlobalAveragePool _ -> throw new IllegalArgumentException("a global average has no weights");
        };
    }

    /** The biases of a layer, one per output channel. */
    public static float[] bias(FloatLayer layer) {
        return switch (layer) {
            case Convolution conv -> conv.bias();
            case Depthwise conv -> conv.bias();
            case FullyConnected connected -> connected.bias();
            case GlobalAveragePool _ -> throw new IllegalArgumentException("a global average has no biases");
        };
    }

    private static float[] turned(float[] values, int rows, int columns) {
        var result = new float[values.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                result[c * rows + r] = values[r * columns + c];
            }
        }
        return result;
    }
}
