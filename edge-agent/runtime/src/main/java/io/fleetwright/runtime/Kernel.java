package io.fleetwright.runtime;

/** One operator, ready to run: weights unpacked, multipliers computed, arena offsets fixed. */
interface Kernel {
    /** Ints of working memory that {@link #run} needs; one block serves all kernels in turn. */
    int scratchInts();

    /** Reads its inputs from and writes its output, in full, to {@code arena}; allocates nothing. */
    void run(byte[] arena, int[] scratch);
}
