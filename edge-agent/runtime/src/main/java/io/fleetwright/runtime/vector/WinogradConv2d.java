package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.kernel.Image;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.Arrays;

/** Convolution of 3 x 3, stride 1, by {@link WinogradWeights}: rows of tiles that share a band of working memory. */
final class WinogradConv2d implements Kernel {
    private static final int LANES = Lanes.INT_COUNT;
    private static final int TILE = WinogradWeights.TILE;
    private static final int SIDE = WinogradWeights.SIDE;
    private static final int PLACES = WinogradWeights.PLACES;
    /** Values and sums of a band that stay in the second-level cache beside the weights. */
    private static final int BAND_INTS = 48 << 10;
    /** Between places, so that not all lie in the same cache lines. */
    private static final int GAP = 16;
    /** Requantization and staging read whole registers. */
    private static final int SLACK = 16;

    /** Most values and sums of one row of tiles. */
    private static final int ROW_MAX = 1 << 20;
    /** Most weights at their places, of two bytes each and four times as many as the kernel has. */
    private static final int WEIGHTS_MAX = 1 << 20;
    /** Time of a product in units of a float32 multiply-add, measured on Zen 4. */
    private static final double PRODUCT_COST = 1.2;
    /** Of taking a tile's inputs of one channel to their places. */
    private static final double INPUT_COST = 200;
    /** Of taking a tile's sums of one channel from there; rescaling takes as long on either way. */
    private static final double OUTPUT_COST = 170;

    private final Image in;
    private final Image out;
    private final Window window;
    private final int zero;
    private final WinogradProducts products;
    private final VectorRequantizer requantizer;
    /** Tiles of a row of the image. */
    private final int columns;

    private final int bandRows;
    private final int bandsPerImage;
    /** Columns of staged input. */
    private final int width;

    private final int depth;
    private final int placeStride;
    private final int sumsStride;
    private final int sumsAt;
    private final int rowsAt;
    private final int fewAt;

    /**
     * Whether this way is open, and takes less time than products of the weights as they are.
     *
     * @param productCost time of those, in units of a float32 multiply-add of one channel
     */
    static boolean pays(Image in, Image out, Window window, Weights weights, double productCost) {
        if (!isOpen(window) || !WinogradWeights.isExact(weights.sumMax())) {
            return false;
        }
        long depth = Lanes.roundUp(in.channels(), LANES);
        long lanes = Lanes.roundUp(weights.units(), LANES);
        int columns = Math.ceilDiv(out.width(), TILE);
        int rows = Math.ceilDiv(out.height(), TILE);
        long products = PLACES * in.channels() * lanes;
        if (products > WEIGHTS_MAX || PLACES * columns * (depth + lanes) > ROW_MAX) {
            return false;
        }
        double tile = PRODUCT_COST * products + INPUT_COST * depth + OUTPUT_COST * lanes;
        return (double) out.batch() * Lanes.roundUp(rows * columns, WinogradProducts.ROWS) * tile < productCost;
    }

    private static boolean isOpen(Window window) {
        return window.kernelHeight() == WinogradWeights.KERNEL
                && window.kernelWidth() == WinogradWeights.KERNEL
                && window.strideHeight() == 1
                && window.strideWidth() == 1
                && window.dilationHeight() == 1
                && window.dilationWidth() == 1;
    }

    /** @param threads that may share the bands */
    WinogradConv2d(
            Image in, Image out, Window window, Weights weights, int zero, VectorRequantizer requantizer, int threads) {
        this.in = in;
        this.out = out;
        this.window = window;
        this.zero = zero;
        this.products = new WinogradProducts(weights, in.channels());
        this.requantizer = requantizer;
        this.columns = Math.ceilDiv(out.width(), TILE);
        int tileRows = Math.ceilDiv(out.height(), TILE);
        this.depth = Lanes.roundUp(in.channels(), LANES);
        int lanes = products.lanesMax();
        int most = Math.clamp(BAND_INTS / (PLACES * columns * (depth + lanes)), 1, tileRows);
        int bands = Math.max(Math.ceilDiv(tileRows, most), Math.min(threads, tileRows));
        this.bandRows = Math.ceilDiv(tileRows, bands);
        this.bandsPerImage = Math.ceilDiv(tileRows, bandRows);
        this.width = (columns - 1) * TILE + SIDE;
        int tiles = Lanes.roundUp(bandRows * columns, WinogradProducts.ROWS);
        this.placeStride = tiles * depth + GAP;
        this.sumsStride = tiles * lanes + GAP;
        this.sumsAt = PLACES * placeStride;
        this.rowsAt = sumsAt + PLACES * sumsStride;
        this.fewAt = rowsAt + Math.max(SIDE * width * LANES, TILE * TILE * columns * lanes + SLACK);
    }

    @Override
    public WorkspaceSize workspace() {
        int stagedRows = (bandRows - 1) * TILE + SIDE;
        return new WorkspaceSize(stagedRows * width * in.channels() + SLACK, 0, fewAt + WinogradTiles.FEW, 0, 0);
    }

    /** Bands. */
    @Override
    public int parts() {
        return bandsPerImage * out.batch();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int band = from; band < to; band++) {
            int n = band / bandsPerImage;
            int first = band % bandsPerImage * bandRows * TILE;
            int rows = Math.min(bandRows, Math.ceilDiv(out.height() - first, TILE));
            int top = first - window.padTop();
            stage(arena, n, top, (rows - 1) * TILE + SIDE, workspace.bytes);
            for (int row = 0; row < rows; row++) {
                toPlaces(workspace, row);
            }
            for (int panel = 0; panel < products.panels(); panel++) {
                products.multiply(workspace.ints, panel, rows * columns, 0, depth, placeStride, sumsAt, sumsStride);
                for (int row = 0; row < rows; row++) {
                    toOutputs(workspace, panel, row, arena, n, first + row * TILE);
                }
            }
        }
    }

    private void stage(byte[] arena, int n, int top, int rows, byte[] staged) {
        int channels = in.channels();
        int before = Math.min(window.padLeft(), width);
        int inside = Math.clamp(width - before, 0, in.width());
        int rowBytes = width * channels;
        for (int row = 0; row < rows; row++) {
            int y = top + row;
            int to = row * rowBytes;
            if (y < 0 || y >= in.height()) {
                Arrays.fill(staged, to, to + rowBytes, (byte) zero);
            } else {
                int start = to + before * channels;
                int end = start + inside * channels;
                Arrays.fill(staged, to, start, (byte) zero);
                System.arraycopy(arena, in.at(n, y, 0), staged, start, inside * channels);
                Arrays.fill(staged, end, to + rowBytes, (byte) zero);
            }
        }
    }

    private void toPlaces(Workspace workspace, int row) {
        int channels = in.channels();
        int rowBytes = width * channels;
        for (int channel = 0; channel < channels; channel += LANES) {
            WinogradTiles.columns(
                    workspace.bytes,
                    row * TILE * rowBytes + channel,
                    channels,
                    rowBytes,
                    width,
                    workspace.ints,
                    rowsAt);
            WinogradTiles.rows(
                    workspace.ints, rowsAt, width, columns, row * columns * depth + channel, depth, placeStride);
        }
    }

    private void toOutputs(Workspace workspace, int panel, int row, byte[] arena, int n, int y) {
        int lanes = products.lanes(panel);
        int rowStride = columns * TILE * lanes;
        int[] ints = workspace.ints;
        for (int tile = 0; tile < columns; tile++) {
            int from = sumsAt + (row * columns + tile) * lanes;
            int to = rowsAt + tile * TILE * lanes;
            for (int lane = 0; lane < lanes; lane += LANES) {
                WinogradTiles.outputs(ints, from + lane, sumsStride, fewAt, to + lane, lanes, rowStride);
            }
        }
        int channel = products.channel(panel);
        int units = out.channels();
        for (int i = 0; i < Math.min(TILE, out.height() - y); i++) {
            for (int x = 0; x < out.width(); x += VectorRequantizer.ROWS_MAX) {
                requantizer.apply(
                        ints,
                        rowsAt + i * rowStride + x * lanes,
                        lanes,
                        Math.min(VectorRequantizer.ROWS_MAX, out.width() - x),
                        channel,
                        products.channels(panel),
                        arena,
                        out.at(n, y + i, x) + channel,
                        units,
                        workspace.few);
            }
        }
    }

    @Override
    public String carrier() {
        return "int32 winograd %dx%d".formatted(TILE, TILE);
    }
}
