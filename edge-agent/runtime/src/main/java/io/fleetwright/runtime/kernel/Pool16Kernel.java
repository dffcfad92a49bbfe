package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Window;

/** {@link AveragePool2dKernel} and {@link MaxPool2dKernel} for int16 images. */
final class Pool16Kernel implements Kernel {
    /** What becomes of the values in a window. */
    private enum Pooling {
        MEAN,
        MAX
    }

    private final Pooling pooling;
    private final Image in;
    private final Image out;
    private final Window window;
    private final int low;
    private final int high;

    Pool16Kernel(Graph graph, Operator.AveragePool2d pool) {
        this(graph, Pooling.MEAN, pool.input(), pool.output(), pool.window(), pool.activation());
    }

    Pool16Kernel(Graph graph, Operator.MaxPool2d pool) {
        this(graph, Pooling.MAX, pool.input(), pool.output(), pool.window(), pool.activation());
    }

    private Pool16Kernel(Graph graph, Pooling pooling, int input, int output, Window window, Activation activation) {
        this.pooling = pooling;
        this.in = Image.of(graph, input);
        this.out = Image.of(graph, output);
        this.window = window;
        this.low = activation.low(graph.tensors().get(output));
        this.high = activation.high(graph.tensors().get(output));
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
                pool(arena, part / out.height(), part % out.height(), x);
            }
        }
    }

    private void pool(byte[] arena, int n, int y, int x) {
        int top = y * window.strideHeight() - window.padTop();
        int left = x * window.strideWidth() - window.padLeft();
        int fromY = Math.max(top, 0);
        int toY = Math.min(top + window.kernelHeight(), in.height());
        int fromX = Math.max(left, 0);
        int toX = Math.min(left + window.kernelWidth(), in.width());
        int count = (toY - fromY) * (toX - fromX);
        int at = out.at16(n, y, x);
        for (int channel = 0; channel < out.channels(); channel++) {
            int sum = 0;
            int max = Short.MIN_VALUE;
            for (int inY = fromY; inY < toY; inY++) {
                for (int inX = fromX; inX < toX; inX++) {
                    int value = Shorts.get(arena, in.at16(n, inY, inX), channel);
                    sum += value;
                    max = Math.max(max, value);
                }
            }
            int pooled = switch (pooling) {
                case MEAN -> (sum + (sum > 0 ? count / 2 : -(count / 2))) / count;
                case MAX -> max;
            };
            Shorts.set(arena, at, channel, Math.min(Math.max(pooled, low), high));
        }
    }
}
