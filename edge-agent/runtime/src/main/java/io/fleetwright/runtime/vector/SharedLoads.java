package io.fleetwright.runtime.vector;

import java.util.Optional;

/**
 * Groups of neighbouring pixels of a row whose windows overlap so that one load of a value serves all of a group.
 *
 * <p>The last group of a row may start within the one before; those pixels are computed twice.
 */
final class SharedLoads {
    /** Pixels of a group. */
    static final int GROUP = 4;
    /** Positions of a row of a square kernel. */
    private static final int SIDE = 3;
    /** Most pixels that are computed for each that is wanted, as a ratio of two numbers. */
    private static final int COMPUTED = 5;

    private static final int WANTED = 4;

    /** What the windows of a group read. */
    enum Form {
        /** Three by three positions; the next pixel's window is one position on. */
        SQUARE,
        /** Three by three positions; the next pixel's window is two positions on. */
        STRIDED,
        /** One row of positions; the next pixel's window is one position on. */
        LINE
    }

    private final Form form;
    private final int step;
    private final int groupsPerRow;
    private final int[] pixels;
    private final int[] bases;

    private SharedLoads(Form form, int step, int width, int[] pixelBases) {
        this.form = form;
        this.step = step;
        this.groupsPerRow = Math.ceilDiv(width, GROUP);
        int rows = pixelBases.length / width;
        this.pixels = new int[rows * groupsPerRow];
        this.bases = new int[pixels.length];
        for (int group = 0; group < pixels.length; group++) {
            int column = Math.min(group % groupsPerRow * GROUP, width - GROUP);
            pixels[group] = group / groupsPerRow * width + column;
            bases[group] = pixelBases[pixels[group]];
        }
    }

    /**
     * Groups for a kernel's positions, if its windows overlap as they must and groups fill rows well enough.
     *
     * @param width pixels of a row
     * @param pixelBases where each pixel's first value is, row by row
     * @param positions distances of the kernel's positions from there
     */
    static Optional<SharedLoads> find(int width, int[] pixelBases, int[] positions) {
        if (width < GROUP || Lanes.roundUp(width, GROUP) * WANTED > width * COMPUTED) {
            return Optional.empty();
        }
        int step = pixelBases[1] - pixelBases[0];
        if (positions.length == SIDE * SIDE && isEven(positions, step, SIDE)) {
            return Optional.of(new SharedLoads(Form.SQUARE, step, width, pixelBases));
        }
        if (positions.length == SIDE * SIDE && isEven(positions, step / 2, SIDE) && step % 2 == 0) {
            return Optional.of(new SharedLoads(Form.STRIDED, step / 2, width, pixelBases));
        }
        return isEven(positions, step, positions.length)
                ? Optional.of(new SharedLoads(Form.LINE, step, width, pixelBases))
                : Optional.empty();
    }

    /** Whether positions are this far apart in each row of so many. */
    private static boolean isEven(int[] positions, int step, int row) {
        for (int i = 1; i < positions.length; i++) {
            if (i % row != 0 && positions[i] - positions[i - 1] != step) {
                return false;
            }
        }
        return true;
    }

    Form form() {
        return form;
    }

    /** Distance from a position to the next one. */
    int step() {
        return step;
    }

    /** Groups of so many rows. */
    int groups(int rows) {
        return rows * groupsPerRow;
    }

    /** Where each group's first value is. */
    int[] bases() {
        return bases;
    }

    /** First pixel of each group. */
    int[] pixels() {
        return pixels;
    }
}
