package io.fleetwright.forge.network;

/** Height, width and channels of one image-like tensor; elements are stored in that order, channel fastest. */
public record ImageShape(int height, int width, int channels) {
    private static final int SIDE_MAX = 4096;

    public ImageShape {
        check("height", height);
        check("width", width);
        check("channels", channels);
        Math.multiplyExact(Math.multiplyExact(height, width), channels);
    }

    public int elements() {
        return height * width * channels;
    }

    /** The shape after a window of any size moves by {@code stride} with SAME padding. */
    public ImageShape strided(int stride, int outChannels) {
        return new ImageShape((height + stride - 1) / stride, (width + stride - 1) / stride, outChannels);
    }

    /** Rows or columns of padding before the first input position, TensorFlow's SAME rule: the odd one goes after. */
    public static int padBefore(int size, int kernel, int stride) {
        return padTotal(size, kernel, stride) / 2;
    }

    /** Padding before and after together, TensorFlow's SAME rule. */
    public static int padTotal(int size, int kernel, int stride) {
        int out = (size + stride - 1) / stride;
        return Math.max((out - 1) * stride + kernel - size, 0);
    }

    private static void check(String name, int value) {
        if (value < 1 || value > SIDE_MAX) {
            throw new IllegalArgumentException("%s (%d) must be in 1..%d".formatted(name, value, SIDE_MAX));
        }
    }
}
