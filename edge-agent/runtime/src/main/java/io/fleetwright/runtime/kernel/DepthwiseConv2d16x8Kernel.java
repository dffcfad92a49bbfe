package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Sums;
import io.fleetwright.runtime.graph.Window;

/** {@link DepthwiseConv2dKernel} for int16 images and int8 weights, one channel of one position at a time. */
final class DepthwiseConv2d16x8Kernel implements Kernel {
    private final Image in;
    private final Image out;
    private final Window window;
    private final int multiplier;
    private final byte[] filter;
    private final long[] bias;
    private final Requantizer16 requantizer;

    DepthwiseConv2d16x8Kernel(Graph graph, Operator.DepthwiseConv2d conv, Rounding rounding) {
        var input = graph.tensors().get(conv.input());
        var filterTensor = graph.tensors().get(conv.filter());
        var output = graph.tensors().get(conv.output());
        this.in = Image.of(graph, conv.input());
        this.out = Image.of(graph, conv.output());
        this.window = conv.window();
        this.multiplier = conv.multiplier();
        this.filter = filterTensor.constantBytes();
        this.bias = DenseRows16x8.bias(graph, conv.bias(), out.channels());
        this.requantizer = new Requantizer16(
                Sums.of(graph.tensors(), conv.bias()),
                rounding,
                Factors.convolution(input, filterTensor, output),
                out.channels(),
                output,
                conv.activation());
    }

    /** Rows of the output. */
    @Override
    public int parts() {
        return out.batch() * out.height();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int part = from; part < to; part++) {
            int n = part / out.height();
            int y = part % out.height();
            for (int x = 0; x < out.width(); x++) {
                int at = out.at16(n, y, x);
                for (int channel = 0; channel < out.channels(); channel++) {
                    Shorts.set(arena, at, channel, requantizer.apply(sum(arena, n, y, x, channel), channel));
                }
            }
        }
    }

    private long sum(byte[] arena, int n, int y, int x, int channel) {
        long sum = bias[channel];
        for (int i = 0; i < window.kernelHeight(); i++) {
            int inY = y * window.strideHeight() - window.padTop() + i * window.dilationHeight();
            for (int j = 0; j < window.kernelWidth(); j++) {
                int inX = x * window.strideWidth() - window.padLeft() + j * window.dilationWidth();
                if (in.contains(inY, inX)) {
                    int weight = filter[(i * window.kernelWidth() + j) * out.channels() + channel];
                    sum += Shorts.get(arena, in.at16(n, inY, inX), channel / multiplier) * weight;
                }
            }
        }
        return sum;
    }
}
