package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;

/**
 * The product of a band of staged values with one panel of packed weights, a few pixels at a time.
 *
 * <p>A panel holds the weights of as many output channels as a tile has lanes; lanes beyond the last channel have zero
 * weights. Sums go to working memory behind the staged values, from where they are rescaled many rows at a time.
 */
interface Tiles extends Staging.Sink {
    /** Most pixels of one tile. */
    int ROWS_MAX = 8;

    /** For people: what carries the products. */
    String name();

    /** Working memory for so many staged values, and behind them so many sums. */
    WorkspaceSize workspace(int values, int sums);

    int panels();

    /** First output channel of a panel. */
    int channel(int panel);

    /** Output channels of a panel that exist. */
    int channels(int panel);

    /** Sums of one pixel: the channels, rounded up to whole registers. */
    int lanes(int panel);

    /** Pixels of one tile of a panel, at most {@link #ROWS_MAX}. */
    int rows(int panel);

    /** Most sums of one pixel that any panel needs, register by register. */
    default int lanesMax() {
        int most = 0;
        for (int panel = 0; panel < panels(); panel++) {
            most = Math.max(most, lanes(panel));
        }
        return most;
    }

    /** Called once before the pixels of a band pass a panel. */
    default void prepare(Workspace workspace, int panel) {}

    /**
     * Multiplies and adds one tile: {@link #rows} pixels from {@code pixel} on.
     *
     * @param bases where each pixel's first value is staged, readable to {@code pixel + ROWS_MAX}
     * @param used pixels that are wanted; sums of the others may be anything
     * @param sumsAt where the sums go, row-major, {@link #lanes} per pixel
     */
    void multiply(Workspace workspace, int panel, int[] bases, int pixel, int used, int sumsAt);

    /**
     * Rescales sums to int8.
     *
     * @param rows pixels
     * @param to where the first pixel's output channels of this panel go
     */
    void rescale(Workspace workspace, int panel, int sumsAt, int rows, byte[] out, int to);
}
