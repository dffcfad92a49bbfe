package io.fleetwright.trust.artifact;

/** A delta is none, does not fit, or does not make what it says. */
public final class MalformedDeltaException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What is wrong with it. */
    public enum Kind {
        /** Its bytes follow no form that is known. */
        MALFORMED,
        /** It is for another base. */
        WRONG_BASE,
        /** It makes more than the caller takes. */
        TOO_LARGE,
        /** What it made does not have the digest that it names. */
        WRONG_RESULT
    }

    MalformedDeltaException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    static MalformedDeltaException at(int offset, String message) {
        return new MalformedDeltaException(Kind.MALFORMED, "delta, byte %d: %s".formatted(offset, message));
    }

    public Kind kind() {
        return kind;
    }
}
