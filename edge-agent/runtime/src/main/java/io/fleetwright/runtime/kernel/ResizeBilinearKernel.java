package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;

/**
 * Bilinear resizing in integers: positions between pixels count in 1024ths, the mean of four pixels is rounded half away
 * from zero. Input and output have one scale.
 *
 * @see "TensorFlow Lite, reference kernel ResizeBilinear for int8"
 */
final class ResizeBilinearKernel implements Kernel {
    private static final int FRACTION_BITS = 10;
    private static final int ONE = 1 << FRACTION_BITS;

    private final Image in;
    private final Image out;
    private final Axis rows;
    private final Axis columns;

    /** How output positions map to input positions, in 1024ths. */
    private record Axis(int extent, int scale, boolean halfPixelCenters) {
        static Axis of(int in, int out, Operator.ResizeBilinear resize) {
            boolean alignsCorners = resize.alignsCorners() && out > 1;
            int from = alignsCorners ? in - 1 : in;
            int to = alignsCorners ? out - 1 : out;
            return new Axis(in, (from * ONE + to / 2) / to, resize.halfPixelCenters());
        }

        int position(int output) {
            return output * scale + (halfPixelCenters ? scale / 2 - ONE / 2 : 0);
        }

        int before(int position) {
            return Math.max(position / ONE, 0);
        }

        int after(int position) {
            return Math.min((position + ONE - 1) / ONE, extent - 1);
        }
    }

    ResizeBilinearKernel(Graph graph, Operator.ResizeBilinear resize) {
        this.in = Image.of(graph, resize.input());
        this.out = Image.of(graph, resize.output());
        this.rows = Axis.of(in.height(), out.height(), resize);
        this.columns = Axis.of(in.width(), out.width(), resize);
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
            int inY = rows.position(y);
            int top = rows.before(inY);
            int bottom = rows.after(inY);
            for (int x = 0; x < out.width(); x++) {
                int inX = columns.position(x);
                int left = columns.before(inX);
                int right = columns.after(inX);
                interpolate(
                        arena,
                        in.at(n, top, left),
                        in.at(n, top, right),
                        in.at(n, bottom, left),
                        in.at(n, bottom, right),
                        inY - top * ONE,
                        inX - left * ONE,
                        out.at(n, y, x));
            }
        }
    }

    /** Weights can be a little below 0 or above 1 at the borders, where both positions are one. */
    private void interpolate(
            byte[] arena, int topLeft, int topRight, int bottomLeft, int bottomRight, int down, int across, int to) {
        for (int c = 0; c < out.channels(); c++) {
            long upper = (long) arena[topLeft + c] * (ONE - across) + (long) arena[topRight + c] * across;
            long lower = (long) arena[bottomLeft + c] * (ONE - across) + (long) arena[bottomRight + c] * across;
            long sum = upper * (ONE - down) + lower * down;
            long half = sum > 0 ? 1 << (2 * FRACTION_BITS - 1) : -(1 << (2 * FRACTION_BITS - 1));
            arena[to + c] = (byte) ((sum + half) / (1 << (2 * FRACTION_BITS)));
        }
    }
}
