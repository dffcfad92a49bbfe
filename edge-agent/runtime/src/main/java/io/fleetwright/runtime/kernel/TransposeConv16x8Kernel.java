package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Sums;
import io.fleetwright.runtime.graph.Window;
import java.util.Arrays;

/** {@link TransposeConvKernel} for int16 images and int8 weights; positions outside the image count as 0, the zero point. */
final class TransposeConv16x8Kernel implements Kernel {
    private final Image in;
    private final Image out;
    private final Window window;
    private final DenseRows16x8 product;

    TransposeConv16x8Kernel(Graph graph, Operator.TransposeConv conv, Rounding rounding) {
        var input = graph.tensors().get(conv.input());
        var filter = graph.tensors().get(conv.filter());
        var output = graph.tensors().get(conv.output());
        int units = filter.dimension(0);
        this.in = Image.of(graph, conv.input());
        this.out = Image.of(graph, conv.output());
        this.window = conv.window();
        this.product = new DenseRows16x8(
                filter,
                DenseRows16x8.bias(graph, conv.bias(), units),
                new Requantizer16(
                        Sums.of(graph.tensors(), conv.bias()),
                        rounding,
                        Factors.convolution(input, filter, output),
                        units,
                        output,
                        conv.activation()));
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(product.depth());
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
                gather(arena, n, y, x, workspace.ints);
                product.apply(workspace.ints, arena, out.at16(n, y, x));
            }
        }
    }

    private void gather(byte[] arena, int n, int y, int x, int[] row) {
        int channels = in.channels();
        int at = 0;
        for (int i = 0; i < window.kernelHeight(); i++) {
            int inY = TransposeConvKernel.source(y + window.padTop() - i, window.strideHeight(), in.height());
            for (int j = 0; j < window.kernelWidth(); j++) {
                int inX = TransposeConvKernel.source(x + window.padLeft() - j, window.strideWidth(), in.width());
                if (inY < 0 || inX < 0) {
                    Arrays.fill(row, at, at + channels, 0);
                } else {
                    Shorts.read(arena, in.at16(n, inY, inX), row, at, channels);
                }
                at += channels;
            }
        }
    }
}
