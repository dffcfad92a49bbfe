package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Window;
import java.util.Arrays;

/**
 * Transposed convolution: each output position gathers, for every place in the kernel, the input position that reaches it
 * from there, and multiplies the row as a fully connected layer.
 *
 * <p>{@code out[y][x][n] = requantize(bias[n] + sum_{i,j,c} (in[(y + p - i) / s][..j..][c] - inZero) * filter[n][i][j][c])}
 * over the {@code i, j} for which the division leaves nothing and the position is inside. The reference scatters instead;
 * 32-bit sums come out the same in any order.
 */
final class TransposeConvKernel implements Kernel {
    private final Image in;
    private final Image out;
    private final Window window;
    private final int inputZero;
    private final DenseRows product;

    TransposeConvKernel(Graph graph, Operator.TransposeConv conv, Arithmetic arithmetic) {
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
        int channels = in.channels();
        int at = 0;
        for (int i = 0; i < window.kernelHeight(); i++) {
            int inY = source(y + window.padTop() - i, window.strideHeight(), in.height());
            for (int j = 0; j < window.kernelWidth(); j++) {
                int inX = source(x + window.padLeft() - j, window.strideWidth(), in.width());
                if (inY < 0 || inX < 0) {
                    Arrays.fill(row, at, at + channels, inputZero);
                } else {
                    int first = in.at(n, inY, inX);
                    for (int c = 0; c < channels; c++) {
                        row[at + c] = arena[first + c];
                    }
                }
                at += channels;
            }
        }
    }

    /** The input position whose window begins {@code distance} before, or -1. */
    static int source(int distance, int stride, int extent) {
        return distance < 0 || distance % stride != 0 || distance / stride >= extent ? -1 : distance / stride;
    }
}
