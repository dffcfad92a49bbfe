package io.fleetwright.forge.onnx;

import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import java.util.List;

/**
 * How ONNX orders the weights of a layer: {@code [outs][channels][positions]}, where {@link FloatLayer} has
 * {@code [outs][positions][channels]}. A depthwise filter counts as one output of all channels.
 *
 * @param shape {@code [out][in][y][x]}, {@code in} being 1 for a depthwise layer, or {@code [out][in]}
 */
record FilterOrder(List<Long> shape, int outs, int channels, int positions) {
    static FilterOrder of(FloatLayer layer) {
        return switch (layer) {
            case Convolution conv -> convolution(conv.outChannels(), conv.inChannels(), conv.kernel());
            case Depthwise conv -> depthwise(conv.channels(), conv.kernel());
            case FullyConnected connected -> connected(connected.outputs(), connected.inputs());
            case GlobalAveragePool _ -> throw new IllegalArgumentException("a global average has no weights");
        };
    }

    static FilterOrder convolution(int outs, int ins, int kernel) {
        return new FilterOrder(
                OnnxGraph.shape(outs, ins, kernel, kernel), outs, ins, Math.multiplyExact(kernel, kernel));
    }

    static FilterOrder depthwise(int channels, int kernel) {
        return new FilterOrder(
                OnnxGraph.shape(channels, 1, kernel, kernel), 1, channels, Math.multiplyExact(kernel, kernel));
    }

    static FilterOrder connected(int outs, int ins) {
        return new FilterOrder(OnnxGraph.shape(outs, ins), outs, ins, 1);
    }

    float[] toOnnx(float[] values) {
        return gathered(values, values.length, new float[values.length]);
    }

    byte[] toOnnx(byte[] values) {
        return gathered(values, values.length, new byte[values.length]);
    }

    float[] toLayer(float[] values) {
        return scattered(values, values.length, new float[values.length]);
    }

    byte[] toLayer(byte[] values) {
        return scattered(values, values.length, new byte[values.length]);
    }

    /** Both are arrays of one type. */
    private <A> A gathered(A layer, int length, A onnx) {
        check(length);
        for (int i = 0; i < length; i++) {
            System.arraycopy(layer, place(i), onnx, i, 1);
        }
        return onnx;
    }

    private <A> A scattered(A onnx, int length, A layer) {
        check(length);
        for (int i = 0; i < length; i++) {
            System.arraycopy(onnx, i, layer, place(i), 1);
        }
        return layer;
    }

    private void check(int length) {
        if (length != Math.multiplyExact(Math.multiplyExact(outs, channels), positions)) {
            throw new IllegalArgumentException("weights (%d) must be %d outputs x %d channels x %d positions"
                    .formatted(length, outs, channels, positions));
        }
    }

    private int place(int onnx) {
        int channel = onnx / positions % channels;
        int out = onnx / positions / channels;
        return (out * positions + onnx % positions) * channels + channel;
    }
}
