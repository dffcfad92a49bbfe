package io.fleetwright.controller.node;

import io.fleetwright.telemetry.wire.PeerAddress;
import org.jspecify.annotations.Nullable;

/** Who may send tensors to whom directly. */
public final class NodePeers {
    private NodePeers() {}

    /** Where a node sends what is for another one of its tenant; absent where that goes by the broker. */
    public static @Nullable PeerAddress between(NodeRow from, NodeRow to) {
        String told = to.peer;
        if (told == null || !from.tenant.equals(to.tenant) || from.id.equals(to.id)) {
            return null;
        }
        try {
            return PeerAddress.parse(told);
        } catch (IllegalArgumentException stored) {
            return null; // By a version that took it for one: until the node's next birth.
        }
    }
}
