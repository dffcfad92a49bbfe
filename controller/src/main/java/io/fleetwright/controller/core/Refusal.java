package io.fleetwright.controller.core;

import io.fleetwright.trust.artifact.ArtifactException;

/** A request that cannot be done, for a reason that the caller can understand and act on. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Kind kind;

    /** What a refusal means to the caller; the HTTP status follows from it. */
    public enum Kind {
        NOT_FOUND,
        INVALID,
        CONFLICT,
        /** Something is not as the caller said that it must be. */
        PRECONDITION_FAILED,
        TOO_MANY,
        UNAVAILABLE,
        /** No placement could be done in time. */
        DEADLINE_UNREACHABLE
    }

    public Refusal(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** The same answer for "not there" and "not yours". */
    public static Refusal notFound(String what, String id) {
        return new Refusal(Kind.NOT_FOUND, "there is no %s %s".formatted(what, id));
    }

    public static Refusal invalid(String message) {
        return new Refusal(Kind.INVALID, message);
    }

    /** What a failure of the artifact store means to the caller. */
    public static Refusal of(ArtifactException failure) {
        Kind kind = switch (failure.kind()) {
            case ABSENT -> Kind.NOT_FOUND;
            case SIZE, RANGE -> Kind.INVALID;
            case DAMAGED, FAILED -> Kind.UNAVAILABLE;
        };
        return new Refusal(kind, String.valueOf(failure.getMessage()));
    }
}
