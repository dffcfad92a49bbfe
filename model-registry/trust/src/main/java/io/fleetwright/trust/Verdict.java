package io.fleetwright.trust;

/** What the verifier says of a signed list. */
public sealed interface Verdict {
    /** The list may be applied. */
    record Accepted(VerifiedList verified) implements Verdict {}

    /** The list must not be applied; {@code detail} is for a person, {@code reason} for a machine. */
    record Rejected(Reason reason, String detail) implements Verdict {}

    /** The attack or fault that a rejection names. */
    enum Reason {
        /** More bytes than a list may have. */
        TOO_LARGE,
        /** Signed by a key that this node does not trust. */
        UNKNOWN_KEY,
        /** The signature does not fit the bytes. */
        BAD_SIGNATURE,
        /** Well signed, but no desired list. */
        MALFORMED,
        /** A list for another node or tenant. */
        WRONG_NODE,
        /** An older list than one already accepted. */
        ROLLED_BACK
    }
}
