package io.fleetwright.runtime.kernel;

/** Working memory of one thread. What a kernel leaves in it means nothing to the next. */
public final class Workspace {
    public final byte[] bytes;
    public final short[] shorts;
    public final int[] ints;
    public final float[] floats;
    /** Weights of some output channels, widened. */
    public final float[] panel;
    /** A little more, for what does not fit a register. */
    public final int[] few = new int[1024];

    public Workspace(WorkspaceSize size) {
        this.bytes = new byte[size.bytes()];
        this.shorts = new short[size.shorts()];
        this.ints = new int[size.ints()];
        this.floats = new float[size.floats()];
        this.panel = new float[size.panel()];
    }
}
