package io.fleetwright.runtime.array;

/** Which position of an image a tap of a window reads at a position of the output. */
final class WindowWalk {
    /** Answered for a tap on padding. */
    static final int PADDING = -1;

    private final int[] in;
    private final int[] out;
    private final int[] kernel;
    private final int[] strides;
    private final int[] dilations;
    private final int[] pads;
    private final int[] after;

    WindowWalk(SpatialWindow window, ArrayType in, ArrayType out) {
        this.in = SpatialWindow.spatial(in);
        this.out = SpatialWindow.spatial(out);
        this.kernel = SpatialWindow.three(window.kernel(), 1);
        this.strides = SpatialWindow.three(window.strides(), 1);
        this.dilations = SpatialWindow.three(window.dilations(), 1);
        this.pads = SpatialWindow.three(window.padsBefore(), 0);
        this.after = SpatialWindow.three(window.padsAfter(), 0);
    }

    int inArea() {
        return in[0] * in[1] * in[2];
    }

    int outArea() {
        return out[0] * out[1] * out[2];
    }

    int taps() {
        return kernel[0] * kernel[1] * kernel[2];
    }

    /** Position in the image, or {@link #PADDING}. */
    int source(int position, int tap) {
        int w = along(2, position % out[2], tap % kernel[2]);
        int h = along(1, position / out[2] % out[1], tap / kernel[2] % kernel[1]);
        int d = along(0, position / out[2] / out[1], tap / kernel[2] / kernel[1]);
        boolean inside = w >= 0 && w < in[2] && h >= 0 && h < in[1] && d >= 0 && d < in[0];
        return inside ? (d * in[1] + h) * in[2] + w : PADDING;
    }

    /** True when the tap is on padding that the window's definition counts, not beyond it as in a partial window. */
    boolean isCounted(int position, int tap) {
        return along(2, position % out[2], tap % kernel[2]) < in[2] + after[2]
                && along(1, position / out[2] % out[1], tap / kernel[2] % kernel[1]) < in[1] + after[1]
                && along(0, position / out[2] / out[1], tap / kernel[2] / kernel[1]) < in[0] + after[0];
    }

    private int along(int dimension, int position, int tap) {
        return position * strides[dimension] - pads[dimension] + tap * dilations[dimension];
    }
}
