package io.fleetwright.trust.set;

/** Ends the verification of one document; becomes a {@link SetVerdict.Rejected} where the verifier returns. */
final class RejectedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Threat threat;

    RejectedException(Threat threat, String detail) {
        super(detail);
        this.threat = threat;
    }

    SetVerdict.Rejected verdict() {
        return new SetVerdict.Rejected(threat, String.valueOf(getMessage()));
    }
}
