package io.fleetwright.controller.stream;

import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.stream.StreamPlanner.Held;
import io.fleetwright.controller.stream.StreamPlanner.Holder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the other open streams of a tenant have devices do by their newest plans, as one stream sees it. What a device does for its own
 * frames counts for all; what it does as a helper counts for those of the same and of a lower priority, as it is left for those of a
 * higher one. Pure once read.
 */
final class StreamLoads {
    /** The lowest priority first, and of these the newest. */
    private static final Comparator<Load> YIELDS_FIRST = Comparator.comparingInt((Load load) -> load.row.priority)
            .thenComparing(load -> load.row.id, Comparator.reverseOrder());

    private static final Comparator<Load> GOES_FIRST = YIELDS_FIRST.reversed();

    private final LiveStreamRow own;
    private final List<Load> others = new ArrayList<>();

    /**
     * One stream.
     *
     * @param front share of its time that the source gives
     * @param back share of its time that the helper gives, 0 without one
     */
    private record Load(
            LiveStreamRow row,
            String source,
            double front,
            @Nullable String peerNode,
            @Nullable String peer,
            double back) {
        static Load of(LiveStreamRow row, StreamPlanRow plan) {
            double period = row.periodMillis * 1000.0;
            String peer = plan.peerNodeId;
            return new Load(
                    row,
                    row.nodeId + "/" + row.device,
                    (plan.beforeMicros + plan.frontMicros + plan.afterMicros) / period,
                    peer,
                    peer == null ? null : peer + "/" + plan.peerDevice,
                    peer == null ? 0 : plan.backMicros / period);
        }

        boolean isHelpedBy(String device) {
            return device.equals(peer);
        }

        double on(String device) {
            return (source.equals(device) ? front : 0) + (isHelpedBy(device) ? back : 0);
        }
    }

    private StreamLoads(LiveStreamRow own) {
        this.own = own;
    }

    static StreamLoads of(Tx tx, LiveStreamRow own, long nowMillis) {
        StreamLoads loads = new StreamLoads(own);
        List<LiveStreamRow> open = tx.find(
                Query.of(LiveStreamRow.class).equal("tenant", own.tenant).in("state", Streams.OPEN));
        Map<String, StreamPlanRow> plans = StreamPlans.present(tx, open);
        for (LiveStreamRow row : open) {
            StreamPlanRow plan = plans.get(StreamPlanRow.id(row.id, row.epoch));
            if (plan != null && !row.id.equals(own.id) && !isAsleep(row, nowMillis)) {
                loads.others.add(Load.of(row, plan));
            }
        }
        loads.others.sort(GOES_FIRST);
        return loads;
    }

    /** Whether its source has been away for so long that no node does anything for it any more. */
    private static boolean isAsleep(LiveStreamRow row, long nowMillis) {
        long ordered = row.renewAt - StreamOrders.RENEWAL.toMillis();
        return row.state.equals(Streams.WAITING) && nowMillis - ordered > StreamOrders.LEASE.toMillis();
    }

    /** Share of its time that a device gives to others, whom the stream does not go before. */
    double busy(String device) {
        return others.stream()
                .mapToDouble(load -> (load.source.equals(device) ? load.front : 0)
                        + (load.isHelpedBy(device) && load.row.priority >= own.priority ? load.back : 0))
                .sum();
    }

    /** What a device does for others that the stream does not go before. */
    Held held(DeviceRow device) {
        boolean full = others.stream()
                        .filter(load -> device.nodeId.equals(load.peerNode) && load.row.priority >= own.priority)
                        .count()
                >= Streams.OPEN_PER_NODE_MAX;
        List<Holder> holders = others.stream()
                .filter(load -> load.source.equals(device.id)
                        || (full ? device.nodeId.equals(load.peerNode) : load.isHelpedBy(device.id))
                                && load.row.priority >= own.priority)
                .map(load -> new Holder(load.row.id, load.row.priority))
                .toList();
        return new Held(busy(device.id), full, holders);
    }

    /**
     * Streams of lower priorities that leave a device for this one: as many as must for its source and its helper to do all that is left
     * in time, and for the helper's node to help no more than it may.
     *
     * @param plan of this stream
     */
    List<LiveStreamRow> yielding(StreamPlanRow plan) {
        Load added = Load.of(own, plan);
        Set<Load> leave = new HashSet<>();
        List<String> devices = added.peer == null ? List.of(added.source) : List.of(added.source, added.peer);
        for (String device : devices) {
            double busy = added.on(device)
                    + others.stream().mapToDouble(load -> load.on(device)).sum();
            for (Load load : others.reversed()) {
                if (busy > 1 && load.isHelpedBy(device) && load.row.priority < own.priority) {
                    leave.add(load);
                    busy -= load.back;
                }
            }
        }
        long helped = 1
                + others.stream()
                        .filter(load ->
                                !leave.contains(load) && load.peerNode != null && load.peerNode.equals(added.peerNode))
                        .count();
        for (Load load : others.reversed()) {
            if (helped > Streams.OPEN_PER_NODE_MAX
                    && load.peerNode != null
                    && load.peerNode.equals(added.peerNode)
                    && load.row.priority < own.priority
                    && leave.add(load)) {
                helped--;
            }
        }
        return others.stream().filter(leave::contains).map(load -> load.row).toList();
    }
}
