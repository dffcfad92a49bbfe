package io.fleetwright.forge.network;

import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import java.util.Arrays;

/**
 * One layer at one input shape: its sums, the way back from their gradient, and the windows they are sums over.
 *
 * <p>Inner loops run over channels, so that they need no order of summation to be vectors; each sum still starts at
 * the bias and adds its products window row by window row, input channel fastest.
 */
public final class LayerKernel {
    private final FloatLayer layer;
    private final ImageShape in;
    private final ImageShape out;
    private final int kernel;
    private final int stride;
    private final float[] byInput;

    public LayerKernel(FloatLayer layer, ImageShape in) {
        this.layer = layer;
        this.in = in;
        out = layer.outputShape(in);
        kernel = switch (layer) {
            case Convolution conv -> conv.kernel();
            case Depthwise conv -> conv.kernel();
            case GlobalAveragePool _, FullyConnected _ -> 1;
        };
        stride = switch (layer) {
            case Convolution conv -> conv.stride();
            case Depthwise conv -> conv.stride();
            case GlobalAveragePool _, FullyConnected _ -> 1;
        };
        byInput = switch (layer) {
            case Convolution conv -> transposed(conv.weights(), conv.outChannels());
            case FullyConnected connected -> transposed(connected.weights(), connected.outputs());
            case Depthwise _, GlobalAveragePool _ -> new float[0];
        };
    }

    /** {@code [out][depth]} to {@code [depth][out]}. */
    private static float[] transposed(float[] weights, int outs) {
        int depth = weights.length / outs;
        var turned = new float[weights.length];
        for (int o = 0; o < outs; o++) {
            for (int k = 0; k < depth; k++) {
                turned[k * outs + o] = weights[o * depth + k];
            }
        }
        return turned;
    }

    public FloatLayer layer() {
        return layer;
    }

    public ImageShape in() {
        return in;
    }

    public ImageShape out() {
        return out;
    }

    /** One product position: where its output, its input and its weights start. */
    @FunctionalInterface
    private interface Tap {
        void at(int output, int input, int tap);
    }

    private void forEachTap(Tap tap) {
        int top = ImageShape.padBefore(in.height(), kernel, stride);
        int left = ImageShape.padBefore(in.width(), kernel, stride);
        for (int y = 0; y < out.height(); y++) {
            for (int x = 0; x < out.width(); x++) {
                int output = (y * out.width() + x) * out.channels();
                for (int ky = 0; ky < kernel; ky++) {
                    int row = y * stride + ky - top;
                    for (int kx = 0; kx < kernel; kx++) {
                        int column = x * stride + kx - left;
                        if (row >= 0 && row < in.height() && column >= 0 && column < in.width()) {
                            tap.at(output, (row * in.width() + column) * in.channels(), ky * kernel + kx);
                        }
                    }
                }
            }
        }
    }

    /** What the layer adds up, before its activation; length {@code out().elements()}. */
    public float[] sums(float[] values) {
        var sums = new float[out.elements()];
        switch (layer) {
            case Convolution conv -> {
                fill(sums, conv.bias());
                int depth = in.channels();
                int outs = out.channels();
                forEachTap((output, input, tap) -> {
                    int c = 0;
                    for (; c + 4 <= depth; c += 4) {
                        addFour(values, input + c, byInput, (tap * depth + c) * outs, sums, output, outs);
                    }
                    for (; c < depth; c++) {
                        add(values[input + c], byInput, (tap * depth + c) * outs, sums, output, outs);
                    }
                });
            }
            case Depthwise conv -> {
                fill(sums, conv.bias());
                float[] weights = conv.weights();
                int channels = conv.channels();
                forEachTap((output, input, tap) -> {
                    for (int c = 0; c < channels; c++) {
                        sums[output + c] += values[input + c] * weights[tap * channels + c];
                    }
                });
            }
            case GlobalAveragePool _ -> {
                int positions = in.height() * in.width();
                for (int p = 0; p < positions; p++) {
                    add(1, values, p * sums.length, sums, 0, sums.length);
                }
                for (int c = 0; c < sums.length; c++) {
                    sums[c] /= positions;
                }
            }
            case FullyConnected connected -> {
                fill(sums, connected.bias());
                for (int i = 0; i < connected.inputs(); i++) {
                    add(values[i], byInput, i * sums.length, sums, 0, sums.length);
                }
            }
        }
        return sums;
    }

    /** What the layer puts out. */
    public float[] outputs(float[] values) {
        float[] outputs = sums(values);
        Activation activation = layer.activation();
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = activation.apply(outputs[i]);
        }
        return outputs;
    }

    /** The gradient of the input, given that of the sums. */
    public float[] inputGradient(float[] gradient) {
        var result = new float[in.elements()];
        switch (layer) {
            case Convolution conv -> {
                float[] weights = conv.weights();
                int depth = in.channels();
                int row = weights.length / conv.outChannels();
                forEachTap((output, input, tap) -> {
                    for (int o = 0; o < conv.outChannels(); o++) {
                        add(gradient[output + o], weights, o * row + tap * depth, result, input, depth);
                    }
                });
            }
            case Depthwise conv -> {
                float[] weights = conv.weights();
                int channels = conv.channels();
                forEachTap((output, input, tap) -> {
                    for (int c = 0; c < channels; c++) {
                        result[input + c] += gradient[output + c] * weights[tap * channels + c];
                    }
                });
            }
            case GlobalAveragePool _ -> {
                float share = 1f / (in.height() * in.width());
                for (int at = 0; at < result.length; at += gradient.length) {
                    add(share, gradient, 0, result, at, gradient.length);
                }
            }
            case FullyConnected connected -> {
                for (int o = 0; o < connected.outputs(); o++) {
                    add(gradient[o], connected.weights(), o * result.length, result, 0, result.length);
                }
            }
        }
        return result;
    }

    /** Takes one window of the input; valid until the next one. */
    @FunctionalInterface
    public interface WindowVisitor {
        /** {@code window} is {@code [row][column][channel]}, 0 where it is padding. */
        void visit(float[] window);
    }

    /** Shows each window that a sum is made of, one per output position. */
    public void windows(float[] values, WindowVisitor visitor) {
        if (layer instanceof FullyConnected) {
            visitor.visit(values);
            return;
        }
        int depth = in.channels();
        var window = new float[kernel * kernel * depth];
        int[] current = {0};
        forEachTap((output, input, tap) -> {
            if (output != current[0]) {
                visitor.visit(window);
                Arrays.fill(window, 0);
                current[0] = output;
            }
            System.arraycopy(values, input, window, tap * depth, depth);
        });
        visitor.visit(window);
    }

    private static void fill(float[] sums, float[] bias) {
        for (int at = 0; at < sums.length; at += bias.length) {
            System.arraycopy(bias, 0, sums, at, bias.length);
        }
    }

    private static void add(float factor, float[] from, int fromAt, float[] to, int toAt, int length) {
        for (int i = 0; i < length; i++) {
            to[toAt + i] += factor * from[fromAt + i];
        }
    }

    /** Four rows at once, which reads and writes {@code to} a fourth as often and adds up in the same order. */
    private static void addFour(float[] factors, int at, float[] from, int fromAt, float[] to, int toAt, int length) {
        float f0 = factors[at];
        float f1 = factors[at + 1];
        float f2 = factors[at + 2];
        float f3 = factors[at + 3];
        int at1 = fromAt + length;
        int at2 = at1 + length;
        int at3 = at2 + length;
        for (int i = 0; i < length; i++) {
            to[toAt + i] =
                    to[toAt + i] + f0 * from[fromAt + i] + f1 * from[at1 + i] + f2 * from[at2 + i] + f3 * from[at3 + i];
        }
    }
}
