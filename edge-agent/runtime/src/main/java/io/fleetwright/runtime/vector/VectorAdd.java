package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;

/**
 * Element-wise addition: both sides by table, since each depends on one byte; the sum rescaled in registers.
 *
 * <p>Sums have some 29 bits and their factor 31, more than a double holds, so that the rescaling runs in 64-bit lanes.
 */
final class VectorAdd implements Kernel {
    private static final int LANES = Lanes.DOUBLE_COUNT;
    private static final int CHUNK = VectorRequantizer.ROWS_MAX * LANES;
    /** Below this, threads cost more than they bring. */
    private static final int PART = 16 * CHUNK;

    private final int[] left;
    private final int[] right;
    private final int leftAt;
    private final int rightAt;
    private final int outputAt;
    private final int count;
    private final VectorRequantizer requantizer;

    /**
     * @param left value of each left byte from -128 on, at the common scale
     * @param right the same of the right side
     * @param requantizer of at least as many equal channels as a register of doubles has lanes
     */
    VectorAdd(
            int[] left, int[] right, int leftAt, int rightAt, int outputAt, int count, VectorRequantizer requantizer) {
        this.left = left;
        this.right = right;
        this.leftAt = leftAt;
        this.rightAt = rightAt;
        this.outputAt = outputAt;
        this.count = count;
        this.requantizer = requantizer;
    }

    @Override
    public WorkspaceSize workspace() {
        return WorkspaceSize.ofInts(CHUNK + LANES);
    }

    /** Stretches of elements. */
    @Override
    public int parts() {
        return Math.ceilDiv(count, PART);
    }

    @Override
    public void run(byte[] arena, Workspace workspace, int from, int to) {
        int end = Math.min(count, to * PART);
        for (int at = from * PART; at < end; at += CHUNK) {
            int some = Math.min(CHUNK, end - at);
            sum(arena, workspace.ints, at, some);
            int whole = some / LANES;
            requantizer.apply(workspace.ints, 0, LANES, whole, 0, LANES, arena, outputAt + at, LANES, workspace.few);
            int rest = some - whole * LANES;
            if (rest > 0) {
                int done = whole * LANES;
                requantizer.apply(
                        workspace.ints, done, LANES, 1, 0, rest, arena, outputAt + at + done, LANES, workspace.few);
            }
        }
    }

    private void sum(byte[] arena, int[] sums, int at, int some) {
        for (int i = 0; i < some; i++) {
            sums[i] = left[arena[leftAt + at + i] - Byte.MIN_VALUE] + right[arena[rightAt + at + i] - Byte.MIN_VALUE];
        }
    }

    @Override
    public String carrier() {
        return "tables, int64";
    }
}
