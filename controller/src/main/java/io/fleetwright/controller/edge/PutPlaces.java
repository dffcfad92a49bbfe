package io.fleetwright.controller.edge;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.util.HashMap;
import java.util.Map;

/** How many outputs are taken at a time, each of which is in memory whole. For any number of threads. */
final class PutPlaces {
    /** Of all nodes. */
    static final int ALL_MAX = 4;

    /** Of all nodes of one tenant, so that slow ones of another leave a place. */
    static final int OF_TENANT_MAX = 3;

    /** Of one. */
    static final int OF_NODE_MAX = 2;

    private final Map<NodeAddress, Integer> taken = new HashMap<>();

    /** False when there is no place. */
    synchronized boolean take(NodeAddress node) {
        int all = 0;
        int ofTenant = 0;
        for (Map.Entry<NodeAddress, Integer> one : taken.entrySet()) {
            all += one.getValue();
            ofTenant += one.getKey().tenant().equals(node.tenant()) ? one.getValue() : 0;
        }
        int own = taken.getOrDefault(node, 0);
        if (all >= ALL_MAX || ofTenant >= OF_TENANT_MAX || own >= OF_NODE_MAX) {
            return false;
        }
        taken.put(node, own + 1);
        return true;
    }

    synchronized void free(NodeAddress node) {
        taken.computeIfPresent(node, (_, own) -> own == 1 ? null : own - 1);
    }
}
