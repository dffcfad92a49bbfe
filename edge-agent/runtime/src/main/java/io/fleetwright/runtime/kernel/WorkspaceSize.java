package io.fleetwright.runtime.kernel;

/** Elements of each kind of working memory, none negative. */
public record WorkspaceSize(int bytes, int shorts, int ints, int floats, int panel) {
    public static final WorkspaceSize NONE = new WorkspaceSize(0, 0, 0, 0, 0);

    public static WorkspaceSize ofInts(int ints) {
        return new WorkspaceSize(0, 0, ints, 0, 0);
    }

    public static WorkspaceSize ofFloats(int floats) {
        return new WorkspaceSize(0, 0, 0, floats, 0);
    }

    /** With room for so many widened weights. */
    public WorkspaceSize withPanel(int weights) {
        return new WorkspaceSize(bytes, shorts, ints, floats, weights);
    }

    /** With so many bytes. */
    public WorkspaceSize withBytes(int count) {
        return new WorkspaceSize(count, shorts, ints, floats, panel);
    }

    /** Enough for either. */
    public WorkspaceSize max(WorkspaceSize other) {
        return new WorkspaceSize(
                Math.max(bytes, other.bytes),
                Math.max(shorts, other.shorts),
                Math.max(ints, other.ints),
                Math.max(floats, other.floats),
                Math.max(panel, other.panel));
    }
}
