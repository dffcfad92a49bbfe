package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Window;
import java.util.Arrays;

/**
 * Convolution: each output position gathers its window into one row, then multiplies it as a fully connected layer.
 *
 * <p>{@code out[y][x][n] = requantize(bias[n] + sum_{i,j,c} (in[y*s - p + i*d][..j..][c] - inZero) * filter[n][i][j][c])}
 *
 * <p>Positions outside the image are gathered as the input's zero point, so they add nothing.
 */
final class Conv2dKernel implements Kernel {
    private final Image in;
    private final Image out;
    private final Window window;
    private final int inputZero;
    private final DenseRows product;

    Conv2dKernel(Graph graph, Operator.Conv2d conv, Arithmetic arithmetic) {
        var input = graph.tensors().get(conv.input());
        var filter = graph.tensors().get(conv.filter());
        var output = graph.tensors().get(conv.output());
        int units = filter.dimension(0);
        this.in = Image.of(graph, conv.input());
        this.out = Image.of(graph, conv.output());
        this.window = conv.window();
        this.inputZero = input.zeroPoint(0);
        this.product = new DenseRows(
                units,
                filter.elements() / units,
                filter.constantBytes(),
                DenseRows.bias(graph, conv.bias()),
                inputZero,
                new Requantizer(
                        arithmetic, Factors.convolution(input, filter, output), units, output, conv.activation()));
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
        int[] row = workspace.ints;
        for (int part = from; part < to; part++) {
            int n = part / out.height();
            int y = part % out.height();
            for (int x = 0; x < out.width(); x++) {
                gather(arena, n, y * window.strideHeight() - window.padTop(), x, row);
                product.apply(row, arena, out.at(n, y, x));
            }
        }
    }

    private void gather(byte[] arena, int n, int top, int x, int[] row) {
        int left = x * window.strideWidth() - window.padLeft();
        int channels = in.channels();
        int at = 0;
        for (int i = 0; i < window.kernelHeight(); i++) {
            int inY = top + i * window.dilationHeight();
            if (inY < 0 || inY >= in.height()) {
                Arrays.fill(row, at, at + window.kernelWidth() * channels, inputZero);
                at += window.kernelWidth() * channels;
                continue;
            }
            boolean inside = left >= 0 && left + window.kernelWidth() <= in.width();
            if (inside && window.dilationWidth() == 1) {
                int count = window.kernelWidth() * channels;
                copy(arena, in.at(n, inY, left), row, at, count);
                at += count;
                continue;
            }
            for (int j = 0; j < window.kernelWidth(); j++) {
                int inX = left + j * window.dilationWidth();
                if (inX < 0 || inX >= in.width()) {
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
