package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import java.util.Arrays;

/** A {@link DenseConvolution} of int16 with int8 weights; positions outside the image count as 0, the zero point. */
final class Conv2d16x8Kernel implements Kernel {
    private final DenseConvolution conv;
    private final DenseRows16x8 product;

    Conv2d16x8Kernel(Graph graph, DenseConvolution conv, Rounding rounding) {
        this.conv = conv;
        this.product = conv.int16Rows(graph, rounding);
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(product.depth());
    }

    /** Rows of the output. */
    @Override
    public int parts() {
        return conv.out().batch() * conv.out().height();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        var out = conv.out();
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
        var in = conv.in();
        int channels = in.channels();
        int at = 0;
        for (int i = 0; i < conv.window().kernelHeight(); i++) {
            int inY = conv.row(y, i);
            for (int j = 0; j < conv.window().kernelWidth(); j++) {
                int inX = conv.column(x, j);
                if (inY == DenseConvolution.OUTSIDE || inX == DenseConvolution.OUTSIDE) {
                    Arrays.fill(row, at, at + channels, 0);
                } else {
                    Shorts.read(arena, in.at16(n, inY, inX), row, at, channels);
                }
                at += channels;
            }
        }
    }
}
