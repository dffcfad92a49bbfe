package io.fleetwright.runtime.vector;

/**
 * How the products of one output lie in staged values: runs of neighbours, all equally long, at fixed distances from the
 * pixel's first value.
 *
 * @param runOffsets distances of the runs; together they cover the kernel in row-major order
 * @param runLength values of one run
 */
record Patches(int[] runOffsets, int runLength) {
    /** Values of one patch. */
    int depth() {
        return runOffsets.length * runLength;
    }

    /** One run of everything. */
    static Patches contiguous(int depth) {
        return new Patches(new int[1], depth);
    }
}
