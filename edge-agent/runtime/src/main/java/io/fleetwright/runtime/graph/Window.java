package io.fleetwright.runtime.graph;

/**
 * The sliding window of a convolution or pool over height and width, padding resolved to numbers.
 *
 * <p>Output {@code (y, x)} reads input rows {@code y * strideHeight - padTop + i * dilationHeight} for {@code i} below
 * {@code kernelHeight}, and columns alike; positions outside the input are padding.
 */
public record Window(
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        int padTop,
        int padLeft,
        int padBottom,
        int padRight) {

    /** Rows covered by the kernel, dilation included. */
    public long extentHeight() {
        return extent(kernelHeight, dilationHeight);
    }

    /** Columns covered by the kernel, dilation included. */
    public long extentWidth() {
        return extent(kernelWidth, dilationWidth);
    }

    public static long extent(int kernel, int dilation) {
        return (kernel - 1L) * dilation + 1;
    }

    /** Padding before and after, together, that makes {@code ceil(in / stride)} outputs. */
    public static long samePadding(int in, int stride, long extent) {
        long out = (in + (long) stride - 1) / stride;
        return Math.max((out - 1) * stride + extent - in, 0);
    }
}
