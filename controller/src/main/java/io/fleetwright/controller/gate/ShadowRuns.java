package io.fleetwright.controller.gate;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.node.DesiredChanges;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.ShadowSlot;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.List;
import java.util.Optional;

/**
 * Keeps the version that runs now beside the new one for as long as a rollout compares them: a slot in the shadow of the
 * model's slot, so that its artifact is signed, checked and admitted like any other.
 */
final class ShadowRuns {
    /** Devices of one class that compare; more would add nothing that a gate needs. */
    static final int DEVICES_MAX = 1000;

    private final Nodes nodes;

    ShadowRuns(Nodes nodes) {
        this.nodes = nodes;
    }

    /** Puts what a device is to run now into the shadow of its slot; false when it runs nothing, or has no room. */
    boolean begin(Tx tx, Effects effects, ShadowSlot shadow, DeviceRow device, long nowMillis) {
        DesiredChanges changes = nodes.changes(tx, List.of(device.nodeId));
        NodeRow node = changes.node(device.nodeId).orElse(null);
        SlotRow slot = node == null
                ? null
                : changes.slot(node, device.device, shadow.serving()).orElse(null);
        if (slot == null || node == null) {
            return false;
        }
        String model = slot.desiredModel;
        String version = slot.desiredVersion;
        String variant = slot.desiredVariant;
        String digest = slot.desiredDigest;
        if (model == null || version == null || variant == null || digest == null) {
            return false;
        }
        DesiredSlot wanted = new DesiredSlot(
                device.device, shadow.name(), model, version, variant, new Digest(digest), slot.desiredBytes);
        if (!changes.desire(node, wanted)) {
            return false;
        }
        changes.write(nowMillis);
        changes.send(effects, List.of(node.id), nowMillis);
        return true;
    }

    /** Empties the shadow on the devices of a rollout; those of another one compare on, also where they are the same. */
    void end(Tx tx, Effects effects, String tenant, ShadowSlot shadow, String rollout, long nowMillis) {
        List<String> others = others(tx, tenant, shadow, rollout);
        for (SlotRow slot :
                tx.find(Query.of(SlotRow.class).equal("tenant", tenant).equal("slot", shadow.name()))) {
            String digest = slot.desiredDigest;
            DesiredChanges changes = nodes.changes(tx, List.of(slot.nodeId));
            NodeRow node = changes.node(slot.nodeId).orElse(null);
            if (digest != null
                    && node != null
                    && isTarget(tx, rollout, node, slot)
                    && others.stream().noneMatch(other -> isTarget(tx, other, node, slot))
                    && changes.withdraw(node, slot.device, slot.slot, new Digest(digest), Optional.empty())) {
                changes.write(nowMillis);
                changes.send(effects, List.of(node.id), nowMillis);
            }
        }
    }

    private static boolean isTarget(Tx tx, String rollout, NodeRow node, SlotRow slot) {
        return tx.get(TargetRow.class, "%s/%s/%s".formatted(rollout, node.node, slot.device))
                .isPresent();
    }

    /** Other rollouts that compare in the same shadow, and have not ended theirs. */
    private static List<String> others(Tx tx, String tenant, ShadowSlot shadow, String rollout) {
        return tx
                .find(Query.of(GatePolicyRow.class)
                        .equal("tenant", tenant)
                        .equal("slot", shadow.serving())
                        .equal("open", true))
                .stream()
                .filter(row -> !row.id.equals(rollout))
                .filter(row -> {
                    GatePolicy policy = GatePolicy.parse(row.policy);
                    return policy.compares() && policy.shadowPercent() == shadow.percent();
                })
                .map(row -> row.id)
                .toList();
    }
}
