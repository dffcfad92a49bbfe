package io.fleetwright.controller.edge;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.util.HashMap;
import java.util.Map;

/** How many bodies are in memory whole at a time. For any number of threads. */
final class Places {
    private final int allMax;
    private final int ofTenantMax;
    private final int ofNodeMax;
    private final Map<NodeAddress, Integer> taken = new HashMap<>();

    /**
     * @param allMax of all nodes
     * @param ofTenantMax of all nodes of one tenant, so that slow ones of another leave a place
     * @param ofNodeMax of one
     */
    Places(int allMax, int ofTenantMax, int ofNodeMax) {
        this.allMax = allMax;
        this.ofTenantMax = ofTenantMax;
        this.ofNodeMax = ofNodeMax;
    }

    /** False when there is no place. */
    synchronized boolean take(NodeAddress node) {
        int all = 0;
        int ofTenant = 0;
        for (Map.Entry<NodeAddress, Integer> one : taken.entrySet()) {
            all += one.getValue();
            ofTenant += one.getKey().tenant().equals(node.tenant()) ? one.getValue() : 0;
        }
        int own = taken.getOrDefault(node, 0);
        if (all >= allMax || ofTenant >= ofTenantMax || own >= ofNodeMax) {
            return false;
        }
        taken.put(node, own + 1);
        return true;
    }

    synchronized void free(NodeAddress node) {
        taken.computeIfPresent(node, (_, own) -> own == 1 ? null : own - 1);
    }
}
