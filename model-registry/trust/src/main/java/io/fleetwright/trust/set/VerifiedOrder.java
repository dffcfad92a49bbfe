package io.fleetwright.trust.set;

import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import java.util.Map;

/** An order whose every slot names a released artifact; only {@link SetVerifier} makes one, so the type is the proof. */
public final class VerifiedOrder {
    private final DesiredList list;
    private final Map<DesiredSlot, Artifact> artifacts;

    VerifiedOrder(DesiredList list, Map<DesiredSlot, Artifact> artifacts) {
        this.list = list;
        this.artifacts = Map.copyOf(artifacts);
    }

    public DesiredList list() {
        return list;
    }

    /** What each slot's line says of its artifact. */
    public Map<DesiredSlot, Artifact> artifacts() {
        return artifacts;
    }
}
