package io.fleetwright.trust.set;

/** What the verifier says of a document. */
public sealed interface SetVerdict {
    /** It is trusted from now on, or was already. */
    record Accepted() implements SetVerdict {}

    /** The order may be applied. */
    record Ordered(VerifiedOrder order) implements SetVerdict {}

    /** Nothing changed; {@code threat} is for a machine, {@code detail} for a person. */
    record Rejected(Threat threat, String detail) implements SetVerdict {}
}
