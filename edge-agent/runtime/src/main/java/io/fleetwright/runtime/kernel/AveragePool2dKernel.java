package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Window;
import java.util.Arrays;

/**
 * Mean over the window positions inside the image, rounded half away from zero, then clamped.
 *
 * <p>Input and output have one scale, so nothing is rescaled.
 */
final class AveragePool2dKernel implements Kernel {
    private final Image in;
    private final Image out;
    private final Window window;
    private final int low;
    private final int high;

    AveragePool2dKernel(Graph graph, Operator.AveragePool2d pool) {
        var output = graph.tensors().get(pool.output());
        this.in = Image.of(graph, pool.input());
        this.out = Image.of(graph, pool.output());
        this.window = pool.window();
        this.low = pool.activation().low(output.scale(0), output.zeroPoint(0));
        this.high = pool.activation().high(output.scale(0), output.zeroPoint(0));
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
        for (int part = from; part < to; part++) {
            for (int x = 0; x < out.width(); x++) {
                mean(arena, part / out.height(), part % out.height(), x, workspace.ints);
            }
        }
    }

    private void mean(byte[] arena, int n, int y, int x, int[] sums) {
        int top = y * window.strideHeight() - window.padTop();
        int left = x * window.strideWidth() - window.padLeft();
        int fromY = Math.max(top, 0);
        int toY = Math.min(top + window.kernelHeight(), in.height());
        int fromX = Math.max(left, 0);
        int toX = Math.min(left + window.kernelWidth(), in.width());
        int count = (toY - fromY) * (toX - fromX);
        int channels = out.channels();
        Arrays.fill(sums, 0, channels, 0);
        for (int inY = fromY; inY < toY; inY++) {
            for (int inX = fromX; inX < toX; inX++) {
                int from = in.at(n, inY, inX);
                for (int c = 0; c < channels; c++) {
                    sums[c] += arena[from + c];
                }
            }
        }
        int to = out.at(n, y, x);
        for (int c = 0; c < channels; c++) {
            int half = sums[c] > 0 ? count / 2 : -(count / 2);
            arena[to + c] = (byte) Math.min(Math.max((sums[c] + half) / count, low), high);
        }
    }
}
