package io.fleetwright.trust.artifact;

import org.jspecify.annotations.Nullable;

/** An artifact cannot be stored or read; the message names it. */
public final class ArtifactException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What went wrong. */
    public enum Kind {
        /** There is no artifact of that digest. */
        ABSENT,
        /** It has no bytes, or more than a store takes. */
        SIZE,
        /** It has no such range. */
        RANGE,
        /** What is stored is not what was put. */
        DAMAGED,
        /** The storage below failed. */
        FAILED
    }

    public ArtifactException(Kind kind, String message) {
        this(kind, message, null);
    }

    public ArtifactException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
