package io.fleetwright.controller.job;

import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.scheduler.partition.ChainPlanner;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.Link;
import io.fleetwright.scheduler.partition.PartitionPlan;
import io.fleetwright.scheduler.partition.PartitionProblem;
import io.fleetwright.scheduler.partition.Penalty;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.partition.Transfer;
import io.fleetwright.scheduler.partition.WireFormat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Whether a device had better hand the rest of a network to another one, to which, and after which operator. */
final class Splits {
    /** Devices that are looked at, those that run the network fastest. */
    private static final int PEERS_MAX = 16;
    /** A plan for two devices must be faster by this, since it can fail in two places. */
    private static final double WORTH = 0.95;
    /** A real network that nobody told of. */
    private static final Link UNKNOWN = Link.of(100_000, 2);
    /** Between devices of one node. */
    private static final Link INSIDE = Link.of(1_000_000, 0.5);
    /** The input stays where it is: no tensor is sent in so many bits. */
    private static final int NEVER_BITS = 32;

    private final Networks networks = new Networks();

    /**
     * A device that takes over.
     *
     * @param plan from the source to it
     * @param finishMicros when the answer would be there, with waiting for both, from now
     * @param aloneMicros when the source alone would have it
     */
    record Split(
            DeviceRow peer,
            LayerGraph graph,
            int boundary,
            Transfer transfer,
            PartitionPlan plan,
            double finishMicros,
            double aloneMicros) {
        /** Whether it is worth that two devices can fail. */
        boolean isWorth() {
            return finishMicros < aloneMicros * WORTH;
        }
    }

    /**
     * The best plan with each device that runs the same variant, the soonest answer first.
     *
     * @param source has the input
     * @param bitsMin fewest bits that values may be sent in, 8 or 4
     * @param waitMicros until a device has done what it was given
     */
    List<Split> with(
            Tx tx,
            DeviceRow source,
            VariantRow variant,
            int bitsMin,
            ToDoubleFunction<DeviceRow> waitMicros,
            long nowMillis) {
        LayerGraph graph = networks.of(tx, variant, nowMillis).orElse(null);
        NodeRow node = tx.get(NodeRow.class, source.nodeId).orElse(null);
        if (graph == null || node == null || graph.size() < 2) {
            return List.of();
        }
        List<Split> splits = new ArrayList<>();
        for (DeviceRow peer : peers(tx, source, variant)) {
            best(tx, graph, node, source, peer, variant, bitsMin, waitMicros).ifPresent(splits::add);
        }
        splits.sort(Comparator.comparingDouble(Split::finishMicros));
        return splits;
    }

    private static List<DeviceRow> peers(Tx tx, DeviceRow source, VariantRow variant) {
        return tx
                .find(Query.of(SlotRow.class)
                        .equal("tenant", source.tenant)
                        .equal("slot", variant.model)
                        .equal("reportedDigest", variant.digest))
                .stream()
                .filter(slot -> !slot.deviceId.equals(source.id))
                .filter(slot -> tx.get(NodeRow.class, slot.nodeId)
                        .filter(node -> node.status.equals(Nodes.ONLINE))
                        .isPresent())
                .flatMap(slot -> tx.get(DeviceRow.class, slot.deviceId).stream())
                .sorted(Comparator.comparingDouble((DeviceRow peer) -> Costs.expectedMicros(tx, peer, variant))
                        .thenComparing(peer -> peer.id))
                .limit(PEERS_MAX)
                .toList();
    }

    private static Optional<Split> best(
            Tx tx,
            LayerGraph graph,
            NodeRow node,
            DeviceRow source,
            DeviceRow peer,
            VariantRow variant,
            int bitsMin,
            ToDoubleFunction<DeviceRow> waitMicros) {
        Link link = peer.nodeId.equals(source.nodeId) ? INSIDE : link(node);
        List<Tier> tiers = List.of(tier(tx, graph, source, variant), tier(tx, graph, peer, variant));
        PartitionPlan plan = new ChainPlanner(new PartitionProblem(
                        graph,
                        tiers,
                        List.of(List.of(link, link)),
                        WireFormat.STANDARD,
                        NEVER_BITS,
                        bitsMin < Byte.SIZE ? List.of(Byte.SIZE, bitsMin) : List.of(Byte.SIZE),
                        Penalty.NONE))
                .fastest()
                .filter(fastest -> fastest.transfers().size() == 1)
                .orElse(null);
        if (plan == null) {
            return Optional.empty();
        }
        Transfer transfer = plan.transfers().getFirst();
        int boundary = plan.tierOf().indexOf(1);
        double frontMicros = 0;
        for (int v = 0; v < boundary; v++) {
            frontMicros += tiers.getFirst().millis()[v] * 1000;
        }
        double backMicros = plan.latencyMillis() * 1000 - frontMicros - transfer.millis() * 1000;
        double arrives = waitMicros.applyAsDouble(source) + frontMicros + transfer.millis() * 1000;
        double finish = Math.max(arrives, waitMicros.applyAsDouble(peer)) + backMicros;
        double alone = waitMicros.applyAsDouble(source) + Costs.expectedMicros(tx, source, variant);
        return Optional.of(new Split(peer, graph, boundary, transfer, plan, finish, alone));
    }

    private static Tier tier(Tx tx, LayerGraph graph, DeviceRow device, VariantRow variant) {
        return Tier.proportional(
                device.id, graph, Costs.expectedMicros(tx, device, variant) / 1000, 0, Long.MAX_VALUE, 0);
    }

    private static Link link(NodeRow node) {
        Double kbit = node.linkKbit;
        return kbit == null ? UNKNOWN : new Link(kbit, or(node.linkRttMillis), or(node.linkLoss), 0);
    }

    private static double or(@Nullable Double value) {
        return value == null ? 0 : value;
    }
}
