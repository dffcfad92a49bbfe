package io.fleetwright.forge.network;

import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import java.util.ArrayList;
import java.util.List;

/** Runs a float network one image at a time, in the order the formulas are written; for calibration and comparison. */
public final class FloatInference {
    private final FloatNetwork network;

    public FloatInference(FloatNetwork network) {
        this.network = network;
    }

    /** The last layer's output. */
    public float[] run(float[] input) {
        return activations(input).getLast();
    }

    /** The output of each layer, in order. */
    public List<float[]> activations(float[] input) {
        if (input.length != network.input().elements()) {
            throw new IllegalArgumentException("input length (%d) must be %d"
                    .formatted(input.length, network.input().elements()));
        }
        var outputs = new ArrayList<float[]>();
        ImageShape shape = network.input();
        float[] values = input;
        for (FloatLayer layer : network.layers()) {
            ImageShape next = layer.outputShape(shape);
            values = switch (layer) {
                case Convolution convolution -> convolve(convolution, shape, next, values);
                case Depthwise depthwise -> filter(depthwise, shape, next, values);
                case GlobalAveragePool _ -> average(shape, values);
                case FullyConnected connected -> connect(connected, values);
            };
            outputs.add(values);
            shape = next;
        }
        return outputs;
    }

    private static float[] convolve(Convolution layer, ImageShape in, ImageShape out, float[] values) {
        int kernel = layer.kernel();
        int depth = in.channels();
        float[] weights = layer.weights();
        var result = new float[out.elements()];
        int top = ImageShape.padBefore(in.height(), kernel, layer.stride());
        int left = ImageShape.padBefore(in.width(), kernel, layer.stride());
        for (int y = 0; y < out.height(); y++) {
            for (int x = 0; x < out.width(); x++) {
                for (int o = 0; o < out.channels(); o++) {
                    float sum = layer.bias()[o];
                    for (int ky = 0; ky < kernel; ky++) {
                        int row = y * layer.stride() + ky - top;
                        for (int kx = 0; kx < kernel; kx++) {
                            int column = x * layer.stride() + kx - left;
                            if (row < 0 || row >= in.height() || column < 0 || column >= in.width()) {
                                continue;
                            }
                            int from = (row * in.width() + column) * depth;
                            int weight = ((o * kernel + ky) * kernel + kx) * depth;
                            for (int c = 0; c < depth; c++) {
                                sum += values[from + c] * weights[weight + c];
                            }
                        }
                    }
                    result[(y * out.width() + x) * out.channels() + o] =
                            layer.activation().apply(sum);
                }
            }
        }
        return result;
    }

    private static float[] filter(Depthwise layer, ImageShape in, ImageShape out, float[] values) {
        int kernel = layer.kernel();
        int channels = layer.channels();
        float[] weights = layer.weights();
        var result = new float[out.elements()];
        int top = ImageShape.padBefore(in.height(), kernel, layer.stride());
        int left = ImageShape.padBefore(in.width(), kernel, layer.stride());
        for (int y = 0; y < out.height(); y++) {
            for (int x = 0; x < out.width(); x++) {
                int to = (y * out.width() + x) * channels;
                System.arraycopy(layer.bias(), 0, result, to, channels);
                for (int ky = 0; ky < kernel; ky++) {
                    int row = y * layer.stride() + ky - top;
                    for (int kx = 0; kx < kernel; kx++) {
                        int column = x * layer.stride() + kx - left;
                        if (row < 0 || row >= in.height() || column < 0 || column >= in.width()) {
                            continue;
                        }
                        int from = (row * in.width() + column) * channels;
                        int weight = (ky * kernel + kx) * channels;
                        for (int c = 0; c < channels; c++) {
                            result[to + c] += values[from + c] * weights[weight + c];
                        }
                    }
                }
                for (int c = 0; c < channels; c++) {
                    result[to + c] = layer.activation().apply(result[to + c]);
                }
            }
        }
        return result;
    }

    private static float[] average(ImageShape in, float[] values) {
        int positions = in.height() * in.width();
        var result = new float[in.channels()];
        for (int p = 0; p < positions; p++) {
            for (int c = 0; c < result.length; c++) {
                result[c] += values[p * result.length + c];
            }
        }
        for (int c = 0; c < result.length; c++) {
            result[c] /= positions;
        }
        return result;
    }

    private static float[] connect(FullyConnected layer, float[] values) {
        float[] result = layer.bias().clone();
        for (int o = 0; o < layer.outputs(); o++) {
            for (int i = 0; i < layer.inputs(); i++) {
                result[o] += values[i] * layer.weights()[o * layer.inputs() + i];
            }
        }
        return result;
    }
}
