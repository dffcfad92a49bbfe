package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Window;

/** Mean by the ONNX standard: of the real values of the window positions inside the image, rounded to float32 once. */
final class RealAveragePool2dKernel implements Kernel {
    private final Image in;
    private final Image out;
    private final Window window;
    private final float[] table;
    private final RealValues.Quantizer quantizer;

    RealAveragePool2dKernel(Graph graph, Operator.AveragePool2d pool) {
        this.in = Image.of(graph, pool.input());
        this.out = Image.of(graph, pool.output());
        this.window = pool.window();
        this.table = RealValues.table(graph.tensors().get(pool.input()));
        this.quantizer = RealValues.Quantizer.of(graph.tensors().get(pool.output()), pool.activation());
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
                for (int c = 0; c < out.channels(); c++) {
                    arena[out.at(n, y, x) + c] = mean(arena, n, y, x, c);
                }
            }
        }
    }

    private byte mean(byte[] arena, int n, int y, int x, int c) {
        int top = y * window.strideHeight() - window.padTop();
        int left = x * window.strideWidth() - window.padLeft();
        int toY = Math.min(top + window.kernelHeight(), in.height());
        int toX = Math.min(left + window.kernelWidth(), in.width());
        double sum = 0;
        int count = 0;
        for (int inY = Math.max(top, 0); inY < toY; inY++) {
            for (int inX = Math.max(left, 0); inX < toX; inX++) {
                sum += table[arena[in.at(n, inY, inX) + c] - Byte.MIN_VALUE];
                count++;
            }
        }
        return quantizer.apply((float) (sum / count));
    }
}
