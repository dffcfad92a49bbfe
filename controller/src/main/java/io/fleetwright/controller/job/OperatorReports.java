package io.fleetwright.controller.job;

import io.fleetwright.controller.audit.Breach;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What operators take on devices: nodes are asked for what the controller does not have, and what they tell is checked and kept. Only
 * nodes whose birth says that they time operators are asked, so that others never hear of it. For one thread at a time.
 */
public final class OperatorReports {
    private static final Duration COMMAND_EXPIRY = Duration.ofMinutes(1);
    /** What can be timed on: a device of this driver computes with the agent's own runtime. */
    private static final String DRIVER = "cpu";
    /** Variants whose operators are remembered. */
    private static final int KEPT_MAX = 64;

    /** By digest, in the order of their last use; empty for those that cannot be read. */
    private final Map<String, Optional<List<Work>>> kept = new LinkedHashMap<>(16, 0.75f, true);

    /** What the bytes of a variant say of an operator. */
    private record Work(long macs, long bytes) {}

    /** Asks a node for what it has not told, with its present kernels, of the variants that it says it runs. */
    public void ask(Tx tx, Effects effects, NodeRow node) {
        String timing = node.timing;
        if (timing == null) {
            return;
        }
        Map<String, DeviceRow> devices = new HashMap<>();
        for (DeviceRow device : tx.find(Query.of(DeviceRow.class).equal("nodeId", node.id))) {
            if (isTimed(device)) {
                devices.put(device.id, device);
            }
        }
        if (devices.isEmpty()) {
            return;
        }
        for (SlotRow slot : tx.find(Query.of(SlotRow.class).equal("nodeId", node.id))) {
            String digest = slot.reportedDigest;
            DeviceRow device = devices.get(slot.deviceId);
            if (device != null && digest != null && lacks(tx, device, digest, timing)) {
                String id = "operators-%s-%s".formatted(device.device, slot.slot);
                effects.send(
                        new Topic(Nodes.address(node), Topic.Kind.DOWN_COMMAND),
                        new Command(id, Command.Kind.OPERATORS, null, device.device, slot.slot).encode(),
                        COMMAND_EXPIRY);
            }
        }
    }

    private static boolean lacks(Tx tx, DeviceRow device, String digest, String timing) {
        return tx.get(OperatorTimesRow.class, OperatorTimesRow.key(device.id, digest))
                        .filter(row -> row.timing.equals(timing))
                        .isEmpty()
                && isKnown(tx, device.tenant, digest);
    }

    private static boolean isTimed(DeviceRow device) {
        return !device.modelled && device.driver.equals(DRIVER);
    }

    private static boolean isKnown(Tx tx, String tenant, String digest) {
        return tx.count(Query.of(VariantRow.class).equal("tenant", tenant).equal("digest", digest)) > 0;
    }

    /**
     * Takes in what a node tells. What is about something that is not there any more is left out; what contradicts the bytes of the
     * variant, or comes from a device that is not timed, breaks a rule.
     *
     * @return true when it is kept, so that plans may be other ones
     */
    public boolean take(Tx tx, Effects effects, NodeRow node, OperatorTimes report, long nowMillis) {
        DeviceRow device =
                tx.get(DeviceRow.class, node.id + "/" + report.device()).orElse(null);
        if (device == null || !report.timing().equals(node.timing) || !isKnown(tx, node.tenant, report.digest())) {
            return false;
        }
        if (!isTimed(device)) {
            effects.breach(Breach.of(
                    node,
                    Breach.Kind.WRONG_OPERATORS,
                    "times of operators on %s/%s, which measures nothing".formatted(node.node, report.device())));
            return false;
        }
        Optional<List<Work>> known = operators(tx, report.digest(), nowMillis);
        if (known.isEmpty()) {
            return false;
        }
        Optional<String> contradiction = contradiction(known.get(), report);
        if (contradiction.isPresent()) {
            effects.breach(Breach.of(
                    node,
                    Breach.Kind.WRONG_OPERATORS,
                    "times of operators of %s on %s/%s: %s"
                            .formatted(report.digest(), node.node, report.device(), contradiction.get())));
            return false;
        }
        OperatorTimesRow row = new OperatorTimesRow();
        row.id = OperatorTimesRow.key(device.id, report.digest());
        row.tenant = node.tenant;
        row.nodeId = node.id;
        row.deviceId = device.id;
        row.digest = report.digest();
        row.timing = report.timing();
        row.totalNanos = report.totalNanos();
        row.times = report.encode();
        row.receivedAt = nowMillis;
        if (!tx.insertIfAbsent(row)) {
            tx.update(row);
        }
        effects.hint(node.tenant, "node", node.node);
        return true;
    }

    private static Optional<String> contradiction(List<Work> known, OperatorTimes report) {
        if (known.size() != report.operators().size()) {
            return Optional.of(
                    "%d operators, and it has %d".formatted(report.operators().size(), known.size()));
        }
        for (int i = 0; i < known.size(); i++) {
            OperatorTimes.Operator told = report.operators().get(i);
            if (told.macs() != known.get(i).macs || told.bytes() != known.get(i).bytes) {
                return Optional.of("operator %d of %d products and %d bytes, and it has %d and %d"
                        .formatted(i, told.macs(), told.bytes(), known.get(i).macs, known.get(i).bytes));
            }
        }
        return Optional.empty();
    }

    private Optional<List<Work>> operators(Tx tx, String digest, long nowMillis) {
        Optional<List<Work>> known = kept.get(digest);
        if (known == null) {
            known = read(tx, digest, nowMillis);
            kept.put(digest, known);
            if (kept.size() > KEPT_MAX) {
                kept.remove(kept.keySet().iterator().next());
            }
        }
        return known;
    }

    private static Optional<List<Work>> read(Tx tx, String digest, long nowMillis) {
        try {
            byte[] bytes = new Artifacts(tx, nowMillis).read(new Digest(digest));
            return Optional.of(ModelReport.of(ModelReader.read(bytes, digest).integerCore()).operators().stream()
                    .map(one -> new Work(one.macs(), one.bytes()))
                    .toList());
        } catch (ModelException | ArtifactException | IllegalArgumentException unreadable) {
            return Optional.empty();
        }
    }
}
