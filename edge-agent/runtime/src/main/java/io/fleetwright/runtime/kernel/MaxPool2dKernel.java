package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Window;

/** Largest value over the window positions inside the image, then clamped; input and output have one scale. */
final class MaxPool2dKernel implements Kernel {
    private final Image in;
    private final Image out;
    private final Window window;
    private final int low;
    private final int high;

    MaxPool2dKernel(Graph graph, Operator.MaxPool2d pool) {
        var output = graph.tensors().get(pool.output());
        this.in = Image.of(graph, pool.input());
        this.out = Image.of(graph, pool.output());
        this.window = pool.window();
        this.low = pool.activation().low(output.scale(0), output.zeroPoint(0));
        this.high = pool.activation().high(output.scale(0), output.zeroPoint(0));
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
                max(arena, part / out.height(), part % out.height(), x);
            }
        }
    }

    private void max(byte[] arena, int n, int y, int x) {
        int top = y * window.strideHeight() - window.padTop();
        int left = x * window.strideWidth() - window.padLeft();
        int to = out.at(n, y, x);
        int channels = out.channels();
        for (int c = 0; c < channels; c++) {
            arena[to + c] = (byte) low;
        }
        for (int inY = Math.max(top, 0); inY < Math.min(top + window.kernelHeight(), in.height()); inY++) {
            for (int inX = Math.max(left, 0); inX < Math.min(left + window.kernelWidth(), in.width()); inX++) {
                int from = in.at(n, inY, inX);
                for (int c = 0; c < channels; c++) {
                    arena[to + c] = (byte) Math.max(arena[to + c], Math.min(arena[from + c], high));
                }
            }
        }
    }
}
