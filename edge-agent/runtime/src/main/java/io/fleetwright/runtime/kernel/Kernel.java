package io.fleetwright.runtime.kernel;

/** One operator, ready to run: weights unpacked, multipliers computed, arena offsets fixed. */
public interface Kernel {
    /** Working memory that one call of {@link #run} needs; one block serves all kernels of a thread in turn. */
    default WorkspaceSize workspace() {
        return WorkspaceSize.NONE;
    }

    /**
     * Parts of the output that can be computed independently, so that threads may share them; each has the same
     * bytes whoever computes it. 1 when the work cannot be divided.
     */
    default int parts() {
        return 1;
    }

    /**
     * Reads its inputs from {@code arena} and writes parts {@code from} (inclusive) to {@code to} (exclusive) of its
     * output there; all parts together are the output in full. Allocates nothing.
     */
    void run(byte[] arena, Workspace workspace, int from, int to);

    /** What carries the products, for people who compare kernels; {@code scalar} for plain Java. */
    default String carrier() {
        return "scalar";
    }
}
