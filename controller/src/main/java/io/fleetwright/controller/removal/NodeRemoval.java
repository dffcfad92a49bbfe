package io.fleetwright.controller.removal;

import io.fleetwright.controller.audit.AuditLog;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.gate.ObservedRow;
import io.fleetwright.controller.identity.NodeKeyRow;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.telemetry.MetricRow;
import io.fleetwright.controller.telemetry.SampleRow;
import io.fleetwright.controller.telemetry.StreamRow;

/** Takes nodes out of the fleet: a revoked one stays to be seen, a deleted one goes with all that was known of it. */
public final class NodeRemoval {
    private static final String REASON = "node-revoked";

    private final Nodes nodes;
    private final Jobs jobs;

    public NodeRemoval(Nodes nodes, Jobs jobs) {
        this.nodes = nodes;
        this.jobs = jobs;
    }

    /**
     * Refuses the node's keys for good and gives its work to others. Its devices and slots go, and with them what kept their
     * artifacts. Doing it twice does no harm.
     *
     * @throws Refusal when there is no such node
     */
    public NodeRow revoke(Models.Scope scope, String tenant, String name) {
        NodeRow node = node(scope.tx(), tenant, name);
        if (!node.status.equals(Nodes.REVOKED)) {
            leave(scope, node);
            node.status = Nodes.REVOKED;
            scope.tx().update(node);
            scope.effects().hint(tenant, "node", name);
        }
        return node;
    }

    /**
     * Deletes a node with its measurements; its keys are refused for good, and its name is free. Audit entries and ended jobs
     * keep naming it.
     *
     * @throws Refusal when there is no such node, or it is online
     */
    public void delete(Models.Scope scope, String tenant, String name) {
        Tx tx = scope.tx();
        NodeRow node = node(tx, tenant, name);
        if (node.status.equals(Nodes.ONLINE)) {
            throw new Refusal(Refusal.Kind.CONFLICT, "node %s is online; revoke it first".formatted(name));
        }
        leave(scope, node);
        tx.deleteAll(Query.of(MetricRow.class).equal("nodeId", node.id));
        tx.deleteAll(Query.of(SampleRow.class).equal("nodeId", node.id));
        tx.deleteAll(Query.of(StreamRow.class).equal("nodeId", node.id));
        forgetObserved(tx, node);
        tx.delete(node);
        scope.effects().hint(tenant, "node", name);
    }

    /** Also of devices that it had once: a board of the same name must not be judged by what they did. */
    private static void forgetObserved(Tx tx, NodeRow node) {
        Query<ObservedRow> ofTenant = Query.of(ObservedRow.class).equal("tenant", node.tenant);
        for (String device : tx.distinct(ofTenant, "deviceId")) {
            if (device.startsWith(node.id + "/")) {
                tx.deleteAll(Query.of(ObservedRow.class).equal("deviceId", device));
            }
        }
    }

    /** Rollouts see by themselves that its devices are gone. */
    private void leave(Models.Scope scope, NodeRow node) {
        Tx tx = scope.tx();
        nodes.leave(scope.effects(), node);
        for (NodeKeyRow key : tx.find(Query.of(NodeKeyRow.class).equal("nodeId", node.id))) {
            if (key.revokedAt == null) {
                key.revokedAt = scope.nowMillis();
                tx.update(key);
            }
        }
        int attempts = jobs.leave(tx, scope.effects(), node, REASON, scope.nowMillis());
        if (attempts > 0) {
            AuditLog.append(
                    tx,
                    node.tenant,
                    "controller",
                    "work.withdrawn",
                    "%d attempts of node %s, which has left".formatted(attempts, node.node),
                    scope.nowMillis());
        }
        for (DeviceRow device : tx.find(Query.of(DeviceRow.class).equal("nodeId", node.id))) {
            tx.deleteAll(Query.of(CostRow.class).equal("deviceId", device.id));
        }
        tx.deleteAll(Query.of(OperatorTimesRow.class).equal("nodeId", node.id));
        tx.deleteAll(Query.of(SlotRow.class).equal("nodeId", node.id));
        tx.deleteAll(Query.of(DeviceRow.class).equal("nodeId", node.id));
    }

    private static NodeRow node(Tx tx, String tenant, String name) {
        return tx.get(NodeRow.class, tenant + "/" + name).orElseThrow(() -> Refusal.notFound("node", name));
    }
}
