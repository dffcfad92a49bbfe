package io.fleetwright.controller.stream;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.job.Packing;
import io.fleetwright.controller.job.Part;
import io.fleetwright.controller.job.PlanCosts;
import io.fleetwright.controller.job.PlanCosts.Cost;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.NodeSensors;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.trust.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a plan of a stream stands on, read from the rows. For one thread at a time. */
final class StreamFacts {
    /** How long a helper that was lost is not asked, unless it says who it is before. */
    static final Duration COLD = Duration.ofSeconds(10);

    /** The source is not connected. */
    static final String OFFLINE = "source-offline";

    private static final int COLD_MAX = 12;
    /** Devices that are looked at, those that run the network fastest. */
    private static final int PEERS_MAX = 16;

    private final PlanCosts costs = new PlanCosts();

    /** What is there. */
    sealed interface Seen {
        /** The stream has no future. */
        record Gone(String reason) implements Seen {}

        /**
         * The source cannot run the network just now.
         *
         * @param reason for a machine
         * @param detail for a person
         */
        record Absent(String reason, String detail) implements Seen {
            Absent(String reason) {
                this(reason, reason);
            }
        }

        /** Nobody knows whether the source is there. */
        record Unclear() implements Seen {}

        /**
         * The source can run the network.
         *
         * @param cost of all of it
         * @param cutCost of all of it, by what stretches of it were seen to take
         * @param layers of the network, absent when it cannot be cut
         * @param packing of what may cross its cuts, absent with them
         * @param board how the source is
         * @param facts what all of this is, as a digest
         */
        record There(
                NodeRow node,
                DeviceRow device,
                VariantRow variant,
                Cost cost,
                Cost cutCost,
                Optional<LayerGraph> layers,
                Optional<Packing> packing,
                List<Peer> peers,
                Board board,
                String facts)
                implements Seen {}
    }

    /** A device that runs the same variant on another node that is there. */
    record Peer(NodeRow node, DeviceRow device, Cost cost, Board board) {}

    /**
     * How a device is, beside what it costs.
     *
     * @param told temperature and battery of its node
     * @param pace how much slower than their cost windows show a stretch of the network to be, of the source the slowest
     */
    record Board(NodeStrains.Told told, StreamPaces.Counted pace) {}

    Seen look(Tx tx, LiveStreamRow row, long nowMillis) {
        NodeRow node = tx.get(NodeRow.class, row.nodeId).orElse(null);
        DeviceRow device =
                tx.get(DeviceRow.class, row.nodeId + "/" + row.device).orElse(null);
        if (node == null || device == null || node.status.equals(Nodes.REVOKED)) {
            return new Seen.Gone("source-removed");
        }
        List<VariantRow> variants =
                tx.find(Query.of(VariantRow.class).equal("tenant", row.tenant).equal("model", row.model));
        if (variants.isEmpty()) {
            return new Seen.Gone("model-removed");
        }
        if (node.status.equals(Nodes.UNKNOWN)) {
            return new Seen.Unclear();
        }
        if (!Streams.isThere(node)) {
            return new Seen.Absent(OFFLINE);
        }
        if (!NodeSensors.of(node).has(row.sensor)) {
            return new Seen.Absent("no-such-sensor");
        }
        Chains chains = row.chains();
        Optional<String> unknown = chains.missing(node);
        if (unknown.isPresent()) {
            return new Seen.Absent(Chains.sourceRunsNo(unknown.get()));
        }
        String digest = tx.get(SlotRow.class, device.id + "/" + row.model)
                .map(slot -> slot.reportedDigest)
                .orElse(null);
        VariantRow variant = variants.stream()
                .filter(one -> one.digest.equals(digest))
                .findFirst()
                .orElse(null);
        if (variant == null) {
            return new Seen.Absent("source-runs-no-variant");
        }
        if (variant.isPart()) {
            return new Seen.Absent("source-runs-a-part");
        }
        Optional<String> misfit = chains.misfit(variant);
        if (misfit.isPresent()) {
            return new Seen.Absent("transforms-do-not-fit", misfit.get());
        }
        Double floor = row.accuracyFloor;
        Double accuracy = Part.accuracy(variant);
        if (floor != null && (accuracy == null || accuracy < floor)) {
            return new Seen.Absent("accuracy-below-floor");
        }
        Cost plain = PlanCosts.of(tx, device, variant);
        StreamPaces.Counted whole =
                StreamPaces.counted(tx, device.id, variant.digest, false, plain.expectedMicros(), nowMillis);
        Board cut = board(tx, device, variant, plain, nowMillis);
        Board board = cut.pace.factor() >= whole.factor() ? cut : new Board(cut.told, whole);
        Cost cost = plain.slowed(whole.factor());
        Optional<LayerGraph> layers = costs.layers(tx, variant, nowMillis).filter(graph -> graph.size() > 1);
        Optional<Packing> packing = layers.map(graph -> Packing.of(tx, variant, graph, row.packing()));
        List<Peer> peers = layers.isEmpty() ? List.of() : peers(tx, row, node, variant, nowMillis);
        return new Seen.There(
                node,
                device,
                variant,
                cost,
                plain.slowed(cut.pace.factor()),
                layers,
                packing,
                peers,
                board,
                digest(
                        row,
                        packing.map(Packing::facts).orElse(""),
                        node,
                        variant,
                        cost,
                        whole.found() + "," + shown(cut),
                        peers));
    }

    private static List<Peer> peers(Tx tx, LiveStreamRow row, NodeRow source, VariantRow variant, long nowMillis) {
        Map<String, Long> cold = cold(row.cold);
        // After a start nobody knows who is there: who helps is asked to go on until that is known.
        String helping =
                StreamPlans.present(tx, row).map(plan -> plan.peerNodeId).orElse(null);
        List<Peer> peers = new ArrayList<>();
        for (SlotRow slot : tx.find(Query.of(SlotRow.class)
                .equal("tenant", row.tenant)
                .equal("slot", row.model)
                .equal("reportedDigest", variant.digest))) {
            NodeRow node = slot.nodeId.equals(source.id)
                    ? null
                    : tx.get(NodeRow.class, slot.nodeId)
                            .filter(one ->
                                    Streams.isThere(one) || one.id.equals(helping) && one.status.equals(Nodes.UNKNOWN))
                            .orElse(null);
            DeviceRow device =
                    node == null ? null : tx.get(DeviceRow.class, slot.deviceId).orElse(null);
            if (node != null && device != null && cold.getOrDefault(node.node + "/" + device.device, 0L) <= nowMillis) {
                Cost cost = PlanCosts.of(tx, device, variant);
                Board board = board(tx, device, variant, cost, nowMillis);
                peers.add(new Peer(node, device, cost.slowed(board.pace.factor()), board));
            }
        }
        peers.sort(Comparator.comparingDouble((Peer peer) -> peer.cost.expectedMicros())
                .thenComparing(peer -> peer.device.id));
        return List.copyOf(peers.subList(0, Math.min(PEERS_MAX, peers.size())));
    }

    /** Costs that are learned move with every result; only that they left what they were makes a plan old. */
    private static String digest(
            LiveStreamRow row,
            String packing,
            NodeRow node,
            VariantRow variant,
            Cost cost,
            String board,
            List<Peer> peers) {
        String text = String.join(
                "|",
                variant.digest,
                link(node),
                cost.basis(),
                Long.toString(cost.driftedAt()),
                timed(cost),
                board,
                String.valueOf(row.accuracyFloor),
                packing,
                "%s,%s".formatted(row.beforeMicros, row.afterMicros),
                peers.stream()
                        .map(peer -> "%s %s %s %d %s"
                                .formatted(
                                        peer.device.id,
                                        link(peer.node),
                                        peer.cost.basis() + timed(peer.cost),
                                        peer.cost.driftedAt(),
                                        shown(peer.board)))
                        .sorted()
                        .collect(Collectors.joining(",")));
        return Digest.of(text.getBytes(StandardCharsets.UTF_8)).value();
    }

    private static Board board(Tx tx, DeviceRow device, VariantRow variant, Cost cost, long nowMillis) {
        return new Board(
                NodeStrains.of(tx, device.nodeId, nowMillis),
                StreamPaces.counted(tx, device.id, variant.digest, true, cost.expectedMicros(), nowMillis));
    }

    /** Operators that were timed anew make a plan old. */
    private static String timed(Cost cost) {
        return cost.shares().map(shares -> "@" + shares.toldAt()).orElse("");
    }

    private static String shown(Board board) {
        return "%s,%s".formatted(board.told.strain(), board.pace.found());
    }

    private static String link(NodeRow node) {
        return "%s,%s,%s,%s,%s"
                .formatted(
                        node.linkKbit,
                        node.linkRttMillis,
                        node.linkLoss,
                        node.linkSendNanojoules,
                        node.linkReceiveNanojoules);
    }

    /** The helper of a plan, {@code node/device}. */
    static String peer(StreamPlanRow plan) {
        String node = String.valueOf(plan.peerNodeId);
        return node.substring(node.indexOf('/') + 1) + "/" + plan.peerDevice;
    }

    /** Notes that a helper is not to be asked for a while; of many the newest are kept. */
    static String chill(String cold, String peer, long nowMillis) {
        Map<String, Long> all = cold(cold);
        all.values().removeIf(until -> until <= nowMillis);
        all.remove(peer);
        all.put(peer, nowMillis + COLD.toMillis());
        while (all.size() > COLD_MAX) {
            all.remove(all.keySet().iterator().next());
        }
        return text(all);
    }

    /** Forgets that helpers of a node were lost. */
    static String warm(String cold, @Nullable String node) {
        Map<String, Long> all = cold(cold);
        all.keySet().removeIf(peer -> peer.startsWith(node + "/"));
        return text(all);
    }

    private static Map<String, Long> cold(String text) {
        Map<String, Long> all = new LinkedHashMap<>();
        for (String one : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            int equals = one.indexOf('=');
            all.put(one.substring(0, equals), Long.parseLong(one.substring(equals + 1)));
        }
        return all;
    }

    private static String text(Map<String, Long> cold) {
        return cold.entrySet().stream()
                .map(one -> one.getKey() + "=" + one.getValue())
                .collect(Collectors.joining(","));
    }
}
