package io.fleetwright.agent.store;

/** Storage failed; what the file held before is still there. */
public final class BlockDeviceException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What went wrong. */
    public enum Kind {
        /** No space is left. */
        FULL,
        /** Anything else. */
        FAILED
    }

    public BlockDeviceException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public BlockDeviceException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
