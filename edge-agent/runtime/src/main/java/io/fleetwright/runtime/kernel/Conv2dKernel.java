package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import java.util.Arrays;

/** A {@link DenseConvolution} of int8; positions outside the image are gathered as the input's zero point. */
final class Conv2dKernel implements Kernel {
    private final DenseConvolution conv;
    private final int inputZero;
    private final DenseRows product;

    Conv2dKernel(Graph graph, DenseConvolution conv, Arithmetic arithmetic) {
        this.conv = conv;
        this.inputZero = conv.inputZero(graph);
        this.product = conv.int8Rows(graph, arithmetic);
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
                product.apply(workspace.ints, arena, out.at(n, y, x));
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
                    Arrays.fill(row, at, at + channels, inputZero);
                } else {
                    copy(arena, in.at(n, inY, inX), row, at, channels);
                }
                at += channels;
            }
        }
    }

    private static void copy(byte[] from, int fromAt, int[] to, int toAt, int count) {
        for (int k = 0; k < count; k++) {
            to[toAt + k] = from[fromAt + k];
        }
    }
}
