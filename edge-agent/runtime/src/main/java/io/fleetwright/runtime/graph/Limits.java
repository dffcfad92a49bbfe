package io.fleetwright.runtime.graph;

/** Upper bounds on what a model file may ask for, so that reading and running one is bounded before it starts. */
public final class Limits {
    public static final int FILE_BYTES_MAX = 256 << 20;
    public static final int TENSORS_MAX = 10_000;
    public static final int OPERATORS_MAX = 10_000;
    public static final int BUFFERS_MAX = 100_000;
    public static final int RANK_MAX = 8;
    public static final int ELEMENTS_MAX = 1 << 28;
    public static final int GRAPH_PORTS_MAX = 64;
    /** Tensors may share one scale vector of the file, so their number is bounded over the whole model. */
    public static final int SCALES_MAX = 1 << 20;
    /** Longer tensor names are cut; they are shown, never looked up. */
    public static final int NAME_BYTES_MAX = 1024;
    /** Largest stride, and largest extent of a window, dilation included. */
    public static final int WINDOW_MAX = 1 << 16;
    /** Keeps the sum of a pooling window inside 32 bits. */
    public static final int POOL_WINDOW_MAX = 1 << 20;

    /** The same for int16. */
    public static final int POOL_WINDOW_16_MAX = 1 << 15;
    /** Products of 16 x 8 bits that an output adds up, and the bias they start from: together below 2^47. */
    public static final int PRODUCTS_16_MAX = 1 << 23;

    public static final long BIAS_16_MAX = 1L << 46;

    public static final int ARENA_BYTES_MAX = 1 << 28;

    /** Steps of one inference, see {@link Work}: some minutes on one core; beyond it a model is no use on any device. */
    public static final long WORK_MAX = 1L << 37;

    /** Operators may share one weight tensor, but each keeps its own unpacked copy. */
    public static final long UNPACKED_WEIGHTS_MAX = 1L << 27;
    /** The sum of exponentials has 12 integer bits, sign included. */
    public static final int SOFTMAX_DEPTH_MAX = 4095;

    /** The same for int16: 16 integer bits. */
    public static final int SOFTMAX_DEPTH_16_MAX = 1 << 16;

    /** Extents for which positions between pixels, in 1024ths, fit 32 bits. */
    public static final int RESIZED_MAX = 1 << 16;
    /** Steps that rearrange list positions along each dimension; over all steps of a model. */
    public static final int POSITIONS_MAX = 1 << 22;

    private Limits() {}
}
