package io.fleetwright.trust;

/** A desired list that passed the verifier; only {@link DesiredVerifier} makes one, so the type is the proof. */
public final class VerifiedList {
    private final DesiredList list;

    VerifiedList(DesiredList list) {
        this.list = list;
    }

    public DesiredList list() {
        return list;
    }
}
