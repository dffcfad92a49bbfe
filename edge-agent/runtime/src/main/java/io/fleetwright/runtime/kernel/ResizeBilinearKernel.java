package io.fleetwright.runtime.kernel;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.TensorType;

/**
 * Bilinear resizing in integers: positions between pixels count in 1024ths, the mean of four pixels is rounded half away
 * from zero. Input and output have one scale, and both are int8 or both int16.
 *
 * @see "TensorFlow Lite, reference kernel ResizeBilinear for int8 and int16"
 */
final class ResizeBilinearKernel implements Kernel {
    private static final int FRACTION_BITS = 10;
    private static final int ONE = 1 << FRACTION_BITS;

    private final Image in;
    private final Image out;
    private final TensorType type;
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
        this.type = graph.tensors().get(resize.input()).type();
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
                int down = inY - top * ONE;
                int across = inX - left * ONE;
                if (type == TensorType.INT16) {
                    interpolate16(
                            arena,
                            in.at16(n, top, left),
                            in.at16(n, top, right),
                            in.at16(n, bottom, left),
                            in.at16(n, bottom, right),
                            down,
                            across,
                            out.at16(n, y, x));
                } else {
                    interpolate(
                            arena,
                            in.at(n, top, left),
                            in.at(n, top, right),
                            in.at(n, bottom, left),
                            in.at(n, bottom, right),
                            down,
                            across,
                            out.at(n, y, x));
                }
            }
        }
    }

    private void interpolate(
            byte[] arena, int topLeft, int topRight, int bottomLeft, int bottomRight, int down, int across, int to) {
        for (int c = 0; c < out.channels(); c++) {
            arena[to + c] = (byte) mean(
                    arena[topLeft + c],
                    arena[topRight + c],
                    arena[bottomLeft + c],
                    arena[bottomRight + c],
                    down,
                    across);
        }
    }

    private void interpolate16(
            byte[] arena, int topLeft, int topRight, int bottomLeft, int bottomRight, int down, int across, int to) {
        for (int c = 0; c < out.channels(); c++) {
            int mean = mean(
                    Shorts.get(arena, topLeft, c),
                    Shorts.get(arena, topRight, c),
                    Shorts.get(arena, bottomLeft, c),
                    Shorts.get(arena, bottomRight, c),
                    down,
                    across);
            Shorts.set(arena, to, c, mean);
        }
    }

    /** Weights can be a little below 0 or above 1 at the borders, where both positions are one. */
    private static int mean(long topLeft, long topRight, long bottomLeft, long bottomRight, int down, int across) {
        long upper = topLeft * (ONE - across) + topRight * across;
        long lower = bottomLeft * (ONE - across) + bottomRight * across;
        long sum = upper * (ONE - down) + lower * down;
        long half = sum > 0 ? 1 << (2 * FRACTION_BITS - 1) : -(1 << (2 * FRACTION_BITS - 1));
        return (int) ((sum + half) / (1 << (2 * FRACTION_BITS)));
    }
}
