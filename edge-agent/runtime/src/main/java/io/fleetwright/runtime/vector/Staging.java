package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.kernel.Image;
import io.fleetwright.runtime.kernel.Workspace;

/**
 * Where a window finds its values in a band of input rows that was widened and padded beforehand.
 *
 * <p>A band is the input of a few output rows, with its padding written out, so that the windows of all its pixels have the
 * same form: a list of runs, each a stretch of neighbouring values at a fixed distance from the pixel's first one. No
 * patch is ever copied.
 */
final class Staging {
    /** Staged values that stay in a core's second-level cache beside the weights. */
    private static final int BAND_BYTES = 96 << 10;

    private final Image in;
    private final Image out;
    private final Window window;
    private final int channels;
    private final int columns;
    private final int bandRows;
    private final int bandsPerImage;
    private final Patches patches;
    private final int[] bases;

    /** Writes widened values into working memory. */
    interface Sink {
        void widen(byte[] arena, int from, Workspace workspace, int to, int count);

        /** Writes the input's zero point. */
        void pad(Workspace workspace, int to, int count);
    }

    /**
     * @param channels values of one position as staged: the input's channels, or a multiple
     */
    Staging(Image in, Image out, Window window, int channels) {
        this.in = in;
        this.out = out;
        this.window = window;
        this.channels = channels;
        this.columns = Math.toIntExact((out.width() - 1L) * window.strideWidth() + window.extentWidth());
        long rowBytes = (long) columns * channels * Float.BYTES * window.strideHeight();
        int rows = Math.clamp(BAND_BYTES / rowBytes, 1, out.height());
        this.bandsPerImage = Math.ceilDiv(out.height(), rows);
        this.bandRows = Math.ceilDiv(out.height(), bandsPerImage);
        this.patches = runs();
        this.bases = new int[bandRows * out.width() + Tiles.ROWS_MAX];
        int last = bandRows * out.width() - 1;
        for (int pixel = 0; pixel < bases.length; pixel++) {
            bases[pixel] = pixelAt(Math.min(pixel, last));
        }
    }

    /** One run per kernel position, neighbours joined while all runs stay equally long. */
    private Patches runs() {
        int row = columns * channels;
        boolean rowsAreRuns = window.dilationWidth() == 1 || window.kernelWidth() == 1;
        int perRow = rowsAreRuns ? 1 : window.kernelWidth();
        int length = rowsAreRuns ? window.kernelWidth() * channels : channels;
        if (rowsAreRuns && length == row && window.dilationHeight() == 1) {
            return Patches.contiguous(window.kernelHeight() * length);
        }
        int[] offsets = new int[window.kernelHeight() * perRow];
        for (int run = 0; run < offsets.length; run++) {
            offsets[run] =
                    run / perRow * window.dilationHeight() * row + run % perRow * window.dilationWidth() * channels;
        }
        return new Patches(offsets, length);
    }

    Patches patches() {
        return patches;
    }

    /** Distance of every kernel position from a pixel's first value. */
    int[] positions() {
        int[] positions = new int[window.kernelHeight() * window.kernelWidth()];
        for (int i = 0; i < window.kernelHeight(); i++) {
            for (int j = 0; j < window.kernelWidth(); j++) {
                positions[i * window.kernelWidth() + j] =
                        (i * window.dilationHeight() * columns + j * window.dilationWidth()) * channels;
            }
        }
        return positions;
    }

    int bands() {
        return bandsPerImage * out.batch();
    }

    private int firstRow(int band) {
        return band % bandsPerImage * bandRows;
    }

    /** Output rows of a band. */
    int rows(int band) {
        return Math.min(bandRows, out.height() - firstRow(band));
    }

    /** Output pixels of a band. */
    int pixels(int band) {
        return rows(band) * out.width();
    }

    /** Output pixels of one row. */
    int width() {
        return out.width();
    }

    /** Distance between the first values of neighbouring pixels of a row. */
    int pixelStep() {
        return window.strideWidth() * channels;
    }

    /** Where the output of a band starts in the arena; its pixels lie one after the other. */
    int outputAt(int band) {
        return out.at(band / bandsPerImage, firstRow(band), 0);
    }

    /**
     * Distance of each pixel's first value from the start of the band; the last one is repeated so that a tile may read
     * past it.
     */
    int[] bases() {
        return bases;
    }

    private int pixelAt(int pixel) {
        int y = pixel / out.width();
        int x = pixel - y * out.width();
        return (y * window.strideHeight() * columns + x * window.strideWidth()) * channels;
    }

    /** Most values that a band stages. */
    int valuesMax() {
        long rows = (bandRows - 1L) * window.strideHeight() + window.extentHeight();
        return Math.toIntExact(rows * columns * channels);
    }

    /** Fills working memory with one band. */
    void stage(int band, byte[] arena, Workspace workspace, Sink sink) {
        int n = band / bandsPerImage;
        int top = firstRow(band) * window.strideHeight() - window.padTop();
        int rows = Math.toIntExact((rows(band) - 1L) * window.strideHeight() + window.extentHeight());
        int multiple = channels / in.channels();
        int before = Math.min(window.padLeft(), columns);
        int inside = Math.clamp(columns - (long) before, 0, in.width());
        int after = columns - before - inside;
        int to = 0;
        for (int row = 0; row < rows; row++) {
            int y = top + row;
            if (y < 0 || y >= in.height()) {
                sink.pad(workspace, to, columns * channels);
            } else {
                sink.pad(workspace, to, before * channels);
                sink.widen(arena, in.at(n, y, 0), workspace, to + before * channels, inside * channels / multiple);
                sink.pad(workspace, to + (before + inside) * channels, after * channels);
            }
            to += columns * channels;
        }
    }
}
