package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.kernel.Image;
import io.fleetwright.runtime.kernel.Workspace;
import org.jspecify.annotations.Nullable;

/**
 * Where a window finds its values in a band of input rows that was padded, and widened where that pays, beforehand.
 *
 * <p>A band is the input of a few output rows, with its padding written out, so that the windows of all its pixels have the
 * same form: a list of runs, each a stretch of neighbouring values at a fixed distance from the pixel's first one. Patches
 * are copied only where many channels share patches of short runs: there the copy costs less than the breaks between runs.
 */
final class Staging {
    /** Staged values that stay in a core's second-level cache beside the weights. */
    private static final int BAND_BYTES = 96 << 10;

    /** Layers of at least so many staged values have bands enough for a few threads. */
    private static final int SHARED_VALUES_MIN = 8 << 10;

    private static final int SHARED_BANDS = 4;

    private static final int COPIED_RUN_MAX = 8;
    private static final long COPIED_BYTES_MAX = 256 << 10;
    /** Values of the widest register. */
    private static final int SLACK = 16;

    private final Image in;
    private final Image out;
    private final Window window;
    private final int channels;
    private final int columns;
    private final int bandRows;
    private final int bandsPerImage;
    private final Patches patches;
    private final int[] bases;
    /** Runs in the staged rows when patches are copied from there, else null. */
    private final @Nullable Patches copied;
    /** Where staged rows start: behind the copied patches. */
    private final int rowsAt;

    private final int[] rowBases;

    /** Writes values into working memory, in the form in which they are read from there. */
    interface Sink {
        /** Writes values of the arena. */
        void widen(byte[] arena, int from, Workspace workspace, int to, int count);

        /** Writes the input's zero point. */
        void pad(Workspace workspace, int to, int count);

        /**
         * Copies patches to the start of working memory, one after the other; may write a register too much.
         *
         * @param from where the rows start in working memory
         * @param bases distance of each pixel's first value from there
         */
        default void copy(Workspace workspace, int from, int[] bases, Patches patches, int pixels) {
            throw new UnsupportedOperationException("no copies");
        }
    }

    /**
     * @param channels values of one position as staged: the input's channels, or a multiple
     * @param valueBytes of a staged value
     * @param sharers panels of weights that pass over each patch; 0 when patches may not be copied
     * @param threads that may share the bands
     */
    Staging(Image in, Image out, Window window, int channels, int valueBytes, int sharers, int threads) {
        this.in = in;
        this.out = out;
        this.window = window;
        this.channels = channels;
        this.columns = Math.toIntExact((out.width() - 1L) * window.strideWidth() + window.extentWidth());
        long rowBytes = (long) columns * channels * valueBytes * window.strideHeight();
        int rows = Math.clamp(BAND_BYTES / rowBytes, 1, out.height());
        long values = rowBytes / valueBytes * out.height();
        boolean shareable = threads > 1 && values >= SHARED_VALUES_MIN && out.height() >= SHARED_BANDS;
        int bands = Math.max(Math.ceilDiv(out.height(), rows), shareable ? SHARED_BANDS : 1);
        this.bandRows = Math.ceilDiv(out.height(), bands);
        this.bandsPerImage = Math.ceilDiv(out.height(), bandRows);
        var runs = runs();
        int pixels = bandRows * out.width();
        this.rowBases = new int[pixels + Tiles.ROWS_MAX];
        for (int pixel = 0; pixel < rowBases.length; pixel++) {
            rowBases[pixel] = pixelAt(Math.min(pixel, pixels - 1));
        }
        long copiedValues = (long) pixels * runs.depth();
        if (runs.runOffsets().length > 1
                && runs.runLength() <= COPIED_RUN_MAX
                && sharers > 1
                && copiedValues * valueBytes <= COPIED_BYTES_MAX) {
            this.copied = runs;
            this.patches = Patches.contiguous(runs.depth());
            this.rowsAt = (int) copiedValues + SLACK;
            this.bases = new int[rowBases.length];
            for (int pixel = 0; pixel < bases.length; pixel++) {
                bases[pixel] = Math.min(pixel, pixels - 1) * runs.depth();
            }
        } else {
            this.copied = null;
            this.patches = runs;
            this.rowsAt = 0;
            this.bases = rowBases;
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

    /** Output pixels of a row. */
    int width() {
        return out.width();
    }

    /** Where the output of a band starts in the arena; its pixels lie one after the other. */
    int outputAt(int band) {
        return out.at(band / bandsPerImage, firstRow(band), 0);
    }

    /**
     * Where each pixel's first value is staged; the last one is repeated so that a tile may read
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
        return Math.toIntExact(rowsAt + rows * columns * channels + (copied == null ? 0 : SLACK));
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
        int to = rowsAt;
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
        if (copied != null) {
            sink.copy(workspace, rowsAt, rowBases, copied, pixels(band));
        }
    }
}
