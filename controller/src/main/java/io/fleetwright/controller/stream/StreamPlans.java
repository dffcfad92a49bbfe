package io.fleetwright.controller.stream;

import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Plans of streams as rows, and what devices have to do under those of now. */
final class StreamPlans {
    /** Times that differ by less are the same. */
    private static final double SAME_WITHIN = 0.01;

    private StreamPlans() {}

    /** The newest plan of a stream. */
    static Optional<StreamPlanRow> present(Tx tx, LiveStreamRow row) {
        return tx.get(StreamPlanRow.class, StreamPlanRow.id(row.id, row.epoch));
    }

    /** The newest plans of streams, by plan. */
    static Map<String, StreamPlanRow> present(Tx tx, List<LiveStreamRow> rows) {
        return tx.all(
                StreamPlanRow.class,
                rows.stream().map(row -> StreamPlanRow.id(row.id, row.epoch)).toList());
    }

    /**
     * Compares the ways to run a stream.
     *
     * @param loads what the others have devices do
     */
    static StreamPlanner.Choice choose(StreamLoads loads, LiveStreamRow row, StreamFacts.Seen.There there) {
        List<Option> shared = new ArrayList<>();
        for (StreamFacts.Peer peer : there.peers()) {
            Option.shared(
                            there.layers().orElseThrow(),
                            there.node(),
                            there.cutCost(),
                            peer.device(),
                            peer.node(),
                            peer.cost(),
                            there.packing().orElseThrow(),
                            1000.0 / row.periodMillis,
                            row.energyBudgetMicrojoules)
                    .map(way -> way.with(row.beforeMicros, row.afterMicros))
                    .ifPresent(shared::add);
        }
        Map<String, Strain> strains = new HashMap<>();
        strains.put(there.device().id, there.board().told().strain());
        there.peers()
                .forEach(peer ->
                        strains.put(peer.device().id, peer.board().told().strain()));
        return StreamPlanner.choose(
                new StreamPlanner.Objective(
                        row.periodMillis, row.deadlineMillis, row.energyBudgetMicrojoules, row.priority),
                there.device().id,
                Option.alone(there.cost()).with(row.beforeMicros, row.afterMicros),
                shared,
                loads.busy(there.device().id),
                loads::held,
                device -> strains.getOrDefault(device, Strain.NONE));
    }

    /** Devices that a plan counts as hot, low or slow. */
    private static List<StreamPlanner.Noted> noted(StreamFacts.Seen.There there) {
        List<StreamPlanner.Noted> noted = new ArrayList<>();
        noted.add(new StreamPlanner.Noted(there.node().node + "/" + there.device().device, there.board()));
        there.peers()
                .forEach(peer -> noted.add(
                        new StreamPlanner.Noted(peer.node().node + "/" + peer.device().device, peer.board())));
        noted.removeIf(one -> one.board().told().strain().equals(Strain.NONE)
                && one.board().pace().factor() == 1);
        return noted;
    }

    /** Whether two plans have the same helper, or none. */
    static boolean hasSamePeer(StreamPlanRow one, StreamPlanRow other) {
        return Objects.equals(one.peerNodeId, other.peerNodeId) && Objects.equals(one.peerDevice, other.peerDevice);
    }

    /** Whether a choice is what runs already. */
    static boolean isSame(StreamPlanRow plan, StreamFacts.Seen.There there, StreamPlanner.Choice choice) {
        Option option = choice.taken().option();
        DeviceRow peer = option.peer();
        boolean samePeer = peer == null
                ? plan.peerNodeId == null
                : peer.nodeId.equals(plan.peerNodeId) && peer.device.equals(plan.peerDevice);
        return samePeer
                && plan.digest.equals(there.variant().digest)
                && plan.boundary == option.boundary()
                && plan.bits == option.bits()
                && plan.keeps == choice.taken().standing().keeps()
                && Math.abs(option.totalMicros() - plan.plannedMicros) <= plan.plannedMicros * SAME_WITHIN;
    }

    /** A choice as the row of the stream's present epoch. */
    static StreamPlanRow row(
            LiveStreamRow row,
            StreamFacts.Seen.There there,
            StreamPlanner.Choice choice,
            String cause,
            long nowMillis) {
        Option option = choice.taken().option();
        DeviceRow peer = option.peer();
        StreamPlanRow plan = new StreamPlanRow();
        plan.id = StreamPlanRow.id(row.id, row.epoch);
        plan.tenant = row.tenant;
        plan.streamId = row.id;
        plan.epoch = row.epoch;
        plan.cause = cause;
        plan.createdAt = nowMillis;
        plan.digest = there.variant().digest;
        plan.peerNodeId = peer == null ? null : peer.nodeId;
        plan.peerDevice = peer == null ? null : peer.device;
        plan.boundary = option.boundary();
        plan.bits = option.bits();
        plan.plannedMicros = Math.round(option.totalMicros());
        plan.p90Micros = Math.round(option.p90Micros());
        plan.frontMicros = Math.round(option.frontMicros());
        // What takes some time takes a microsecond: 0 stands for no transforms.
        plan.beforeMicros = (long) Math.ceil(option.beforeMicros());
        plan.afterMicros = (long) Math.ceil(option.afterMicros());
        plan.linkMicros = Math.round(option.sendMicros() + option.returnMicros());
        plan.backMicros = Math.round(option.backMicros());
        plan.localBackMicros = Math.round(option.localBackMicros());
        plan.localMicros = plan.beforeMicros + Math.round(there.cost().expectedMicros()) + plan.afterMicros;
        plan.frontShare =
                peer == null ? 1 : option.frontMicros() / there.cutCost().expectedMicros();
        plan.backShare = there.peers().stream()
                .filter(one -> peer != null && one.device().id.equals(peer.id))
                .findFirst()
                .map(one -> Math.min(1, option.backMicros() / one.cost().expectedMicros()))
                .orElse(null);
        plan.stageMicros = Math.round(option.stageMicros());
        plan.plannedMicrojoules = option.microjoules().isPresent()
                ? Double.valueOf(option.microjoules().getAsDouble())
                : null;
        plan.plannedLinkMicrojoules = option.linkMicrojoules().isPresent()
                ? Double.valueOf(option.linkMicrojoules().getAsDouble())
                : null;
        plan.keeps = choice.taken().standing().keeps();
        plan.why = StreamPlanner.why(choice, there.cost().basis(), noted(there), there.packing());
        return plan;
    }
}
