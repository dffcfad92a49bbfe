package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;

/**
 * Convolution as a matrix product whose left side is read straight from staged input: band by band, in each the panels of
 * weights one after the other, so that a panel stays in the first-level cache while all pixels of the band pass it.
 */
final class VectorConv2d implements Kernel {
    /** Pixels whose sums are rescaled together; a multiple of every tile's rows. */
    private static final int CHUNK = 48;
    /** Requantization reads whole registers. */
    private static final int SLACK = 16;

    private final Staging staging;
    private final int[] bases;
    private final Tiles tiles;
    private final int units;
    private final int sumsAt;

    VectorConv2d(Staging staging, Tiles tiles, int units) {
        this.staging = staging;
        this.bases = staging.bases();
        this.tiles = tiles;
        this.units = units;
        this.sumsAt = Lanes.roundUp(staging.valuesMax(), 16);
    }

    @Override
    public WorkspaceSize workspace() {
        return tiles.workspace(sumsAt, CHUNK * tiles.lanesMax() + SLACK);
    }

    /** Bands. */
    @Override
    public int parts() {
        return staging.bands();
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        for (int band = from; band < to; band++) {
            staging.stage(band, arena, workspace, tiles);
            int pixels = staging.pixels(band);
            int outputAt = staging.outputAt(band);
            for (int panel = 0; panel < tiles.panels(); panel++) {
                panel(arena, workspace, panel, pixels, outputAt + tiles.channel(panel));
            }
        }
    }

    private void panel(byte[] arena, Workspace workspace, int panel, int pixels, int outputAt) {
        int rows = tiles.rows(panel);
        int lanes = tiles.lanes(panel);
        tiles.prepare(workspace, panel);
        for (int first = 0; first < pixels; first += CHUNK) {
            int count = Math.min(CHUNK, pixels - first);
            for (int done = 0; done < count; done += rows) {
                tiles.multiply(workspace, panel, bases, first + done, count - done, sumsAt + done * lanes);
            }
            tiles.rescale(workspace, panel, sumsAt, count, arena, outputAt + first * units);
        }
    }

    @Override
    public String carrier() {
        return tiles.name();
    }
}
