package io.fleetwright.controller.stream;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.node.NodeLink;
import io.fleetwright.controller.node.NodePeers;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Radio;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What nodes are told of streams; telling it twice does no harm. */
final class StreamOrders {
    /** Without a new order a node ends the stream after this: long enough for a controller that starts anew. */
    static final Duration LEASE = Duration.ofMinutes(15);
    /** How often orders are sent again. */
    static final Duration RENEWAL = Duration.ofMinutes(1);

    private StreamOrders() {}

    /**
     * Tells the nodes of a plan, the helper first: it takes no tensor that it was not told of.
     *
     * @param only the one node that is told, absent for both
     */
    static void send(Tx tx, Effects effects, LiveStreamRow row, StreamPlanRow plan, @Nullable String only) {
        NodeRow source = tx.get(NodeRow.class, row.nodeId).orElse(null);
        String peerDevice = plan.peerDevice;
        NodeRow peer = plan.peerNodeId == null
                ? null
                : tx.get(NodeRow.class, plan.peerNodeId).orElse(null);
        if (source == null) {
            return;
        }
        if (peer != null && peerDevice != null && (only == null || only.equals(peer.id))) {
            order(
                    effects,
                    peer,
                    new StreamOrder(
                            row.id,
                            plan.epoch,
                            new StreamOrder.Helper(
                                    LEASE.toMillis(),
                                    peerDevice,
                                    row.model,
                                    plan.digest,
                                    source.node,
                                    plan.boundary,
                                    plan.bits,
                                    row.deadlineMillis,
                                    row.priority)));
        }
        Chains chains = row.chains();
        // An agent of before there were transforms would answer without them.
        if ((only == null || only.equals(source.id)) && chains.missing(source).isEmpty()) {
            StreamOrder.Help help = peer == null
                    ? null
                    : new StreamOrder.Help(
                            peer.node,
                            plan.boundary,
                            plan.bits,
                            plan.plannedMicros,
                            plan.localBackMicros,
                            NodePeers.between(source, peer),
                            told(peer));
            order(
                    effects,
                    source,
                    new StreamOrder(
                            row.id,
                            plan.epoch,
                            new StreamOrder.Source(
                                    LEASE.toMillis(),
                                    row.device,
                                    row.model,
                                    plan.digest,
                                    row.sensor,
                                    row.periodMillis,
                                    row.deadlineMillis,
                                    help,
                                    row.priority,
                                    chains.told())));
        }
    }

    /** A helper's link, where anything is known of what its radio takes. */
    private static Birth.@Nullable Link told(NodeRow helper) {
        Birth.Link link = NodeLink.of(helper);
        return link == null || link.radio().equals(Radio.UNKNOWN) ? null : link;
    }

    /** Tells a node to end what it does for a stream. */
    static void stop(Effects effects, NodeRow node, String stream, long epoch) {
        order(effects, node, new StreamOrder(stream, Math.max(1, epoch), new StreamOrder.Stop()));
    }

    private static void order(Effects effects, NodeRow node, StreamOrder order) {
        effects.send(new Topic(Nodes.address(node), Topic.Kind.DOWN_WORK), order.encode(), RENEWAL);
    }
}
