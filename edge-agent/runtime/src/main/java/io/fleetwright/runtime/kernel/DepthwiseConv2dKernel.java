package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Window;

/**
 * Depthwise convolution: every channel has its own {@code multiplier} filters.
 *
 * <p>{@code out[y][x][c*m + k] = requantize(bias[c*m + k] + sum_{i,j} (in[y*s - p + i*d][..j..][c] - inZero) *
 * filter[i][j][c*m + k])}, over the window positions inside the image.
 *
 * <p>The channel loops stay scalar in C2: it does not widen byte loads, and int loads may alias the sums (0.8 G/s either
 * way on a Zen 3 core). Floats that carry integers reach 2 to 3.6 G/s, which is left to vector kernels.
 */
final class DepthwiseConv2dKernel implements Kernel {
    private final Image in;
    private final Image out;
    private final Window window;
    private final int multiplier;
    private final int inputZero;
    private final byte[] filter;
    private final int[] bias;
    private final Requantizer requantizer;

    DepthwiseConv2dKernel(Graph graph, Operator.DepthwiseConv2d conv, Arithmetic arithmetic) {
        var input = graph.tensors().get(conv.input());
        var filterTensor = graph.tensors().get(conv.filter());
        var output = graph.tensors().get(conv.output());
        this.in = Image.of(graph, conv.input());
        this.out = Image.of(graph, conv.output());
        this.window = conv.window();
        this.multiplier = conv.multiplier();
        this.inputZero = input.zeroPoint(0);
        this.filter = filterTensor.constantBytes();
        int[] given = DenseRows.bias(graph, conv.bias());
        this.bias = given.length == 0 ? new int[out.channels()] : given;
        this.requantizer = new Requantizer(
                arithmetic,
                Factors.convolution(input, filterTensor, output),
                out.channels(),
                output,
                conv.activation());
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(out.channels());
    }

    /** Rows of the output. */
    @Override
    public int parts() {
        return out.batch() * out.height();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        int[] sums = workspace.ints;
        for (int part = from; part < to; part++) {
            int n = part / out.height();
            int y = part % out.height();
            for (int x = 0; x < out.width(); x++) {
                System.arraycopy(bias, 0, sums, 0, bias.length);
                accumulate(arena, n, y, x, sums);
                requantizer.applyAll(sums, arena, out.at(n, y, x));
            }
        }
    }

    private void accumulate(byte[] arena, int n, int y, int x, int[] sums) {
        for (int i = 0; i < window.kernelHeight(); i++) {
            int inY = y * window.strideHeight() - window.padTop() + i * window.dilationHeight();
            if (inY < 0 || inY >= in.height()) {
                continue;
            }
            for (int j = 0; j < window.kernelWidth(); j++) {
                int inX = x * window.strideWidth() - window.padLeft() + j * window.dilationWidth();
                if (inX < 0 || inX >= in.width()) {
                    continue;
                }
                int tap = (i * window.kernelWidth() + j) * out.channels();
                if (multiplier == 1) {
                    addTap(arena, in.at(n, inY, inX), tap, sums);
                } else {
                    addTapMultiplied(arena, in.at(n, inY, inX), tap, sums);
                }
            }
        }
    }

    private void addTap(byte[] arena, int from, int tap, int[] sums) {
        for (int c = 0; c < out.channels(); c++) {
            sums[c] += (arena[from + c] - inputZero) * filter[tap + c];
        }
    }

    private void addTapMultiplied(byte[] arena, int from, int tap, int[] sums) {
        for (int c = 0; c < in.channels(); c++) {
            int value = arena[from + c] - inputZero;
            for (int k = 0; k < multiplier; k++) {
                sums[c * multiplier + k] += value * filter[tap + c * multiplier + k];
            }
        }
    }
}
