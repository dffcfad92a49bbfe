package io.fleetwright.trust.set;

/** The attack or fault that a rejection names. */
public enum Threat {
    /** Endless data: more bytes than such a document or this artifact may have. */
    ENDLESS_DATA,
    /** The bytes are no document; the detail names the line. */
    MALFORMED,
    /** A document of a format that this verifier does not know. */
    UNSUPPORTED_FORMAT,
    /** Role confusion: a document of another kind than asked for. */
    WRONG_KIND,
    /** Arbitrary software: no signature is by a key of the role. */
    UNKNOWN_KEY,
    /** Arbitrary software: keys of the role are named, but their signatures do not fit the bytes. */
    BAD_SIGNATURE,
    /** Key compromise below the threshold: fewer keys of the role signed than must. */
    BELOW_THRESHOLD,
    /** One key signs twice to count twice. */
    DUPLICATE_SIGNATURE,
    /** Rollback: older than what is trusted already. */
    ROLLED_BACK,
    /** A root that is not the next one: a gap in the chain hides a rotation. */
    ROOT_SKIPPED,
    /** The same version with other content. */
    EQUIVOCATION,
    /** Freeze: what is trusted or offered is past its date. */
    EXPIRED,
    /** Mix-and-match: not the document that the one above it names. */
    MIXED,
    /** Partial bundle: a document that must come first is missing. */
    INCOMPLETE,
    /** Targets of another line. */
    WRONG_LINE,
    /** An order for another node or tenant. */
    WRONG_NODE,
    /** Director compromise: the order names an artifact that no line has released. */
    NOT_RELEASED,
    /** The order says something else of the artifact than its line: length, model, version or variant. */
    MISLABELLED,
    /** The order sets a slot back to an older release than its line allows. */
    RELEASE_ROLLED_BACK,
    /** More slots than a node remembers. */
    TOO_MANY_SLOTS,
    /** The artifact ended early. */
    TRUNCATED,
    /** The artifact's bytes are others. */
    HASH_MISMATCH
}
