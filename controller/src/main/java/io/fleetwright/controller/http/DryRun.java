package io.fleetwright.controller.http;

import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.WaveRow;
import io.fleetwright.controller.select.Choice;
import io.fleetwright.controller.select.FleetSelector;
import io.fleetwright.controller.select.Selector;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.select.Constraints;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a rollout would be: it is made, looked at, and the transaction undone, so that the answer and every refusal are those
 * of the rollout itself.
 */
final class DryRun {
    /** Devices that one answer names. */
    private static final int DEVICES_MAX = 200;
    /** Finished targets that an expectation is taken from. */
    private static final int EXAMPLES_MAX = 200;

    private static final int PAGE = 5000;
    private static final int NODES_PER_QUERY = 250;

    private DryRun() {}

    /**
     * What would happen.
     *
     * @param bytes that all nodes together would fetch: each digest once a node, and nothing that one of its devices runs now
     * @param expectedSeconds by how long this tenant's last targets took and by the rate limit, windows, approvals and gates not
     *     counted; absent when none has finished yet
     * @param devices the first {@value #DEVICES_MAX}
     */
    record Answer(
            String model,
            String version,
            long matched,
            long fitting,
            long bytes,
            @Nullable Double expectedSeconds,
            List<Wave> waves,
            List<Device> devices) {}

    record Wave(int wave, long devices) {}

    /**
     * @param bytes that its node would fetch for it; 0 when it has them, or fetches them for a device above
     * @param reason why it would get this variant and none of the others, or nothing
     */
    record Device(
            String node,
            String device,
            int wave,
            @Nullable String variant,
            @Nullable String digest,
            long bytes,
            @Nullable String reason) {}

    /** Carries the answer out of the transaction, which ends unsaved. */
    private static final class Undone extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Answer answer;

        Undone(Answer answer) {
            super("a dry run keeps nothing", null, false, false);
            this.answer = answer;
        }
    }

    static Answer of(FleetCore core, String tenant, Rollouts.Request request) {
        try {
            return core.run(scope -> {
                throw new Undone(answer(core, scope, tenant, request));
            });
        } catch (Undone undone) {
            return undone.answer;
        }
    }

    private static Answer answer(FleetCore core, Models.Scope scope, String tenant, Rollouts.Request request) {
        Tx tx = scope.tx();
        RolloutRow rollout = core.rollouts().create(tx, scope.effects(), tenant, request, scope.nowMillis());
        List<WaveRow> waves =
                tx.find(Query.of(WaveRow.class).equal("rolloutId", rollout.id).ascending("wave"));
        List<Wave> counted = new ArrayList<>();
        long matched = 0;
        long fitting = 0;
        for (WaveRow wave : waves) {
            counted.add(new Wave(wave.wave, wave.pending + wave.skipped));
            matched += wave.pending + wave.skipped;
            fitting += wave.pending;
        }
        List<VariantRow> variants = Selector.variants(
                tx, Models.requireVersion(tx, tenant, request.model(), request.version()), request.variants());
        List<String> digests =
                variants.stream().map(variant -> variant.digest).distinct().toList();
        long bytes = 0;
        List<Device> devices = new ArrayList<>();
        Set<String> there = new HashSet<>();
        String after = "";
        List<TargetRow> page;
        do {
            page = tx.find(Query.of(TargetRow.class)
                    .equal("rolloutId", rollout.id)
                    .greater("id", after)
                    .ascending("id")
                    .limit(PAGE));
            there.addAll(running(tx, page, digests));
            Map<String, String> reasons = devices.isEmpty() ? reasons(tx, request, variants, page) : Map.of();
            for (TargetRow target : page) {
                long moves =
                        target.digest == null || !there.add(place(target.nodeId, target.digest)) ? 0 : target.bytes;
                bytes += moves;
                if (devices.size() < DEVICES_MAX) {
                    devices.add(new Device(
                            target.node,
                            target.device,
                            target.wave,
                            target.variant,
                            target.digest,
                            moves,
                            reasons.getOrDefault(target.deviceId, target.reason)));
                }
                after = target.id;
            }
        } while (page.size() == PAGE);
        return new Answer(
                request.model(),
                request.version(),
                matched,
                fitting,
                bytes,
                expectedSeconds(tx, tenant, request, fitting, waves.size()),
                counted,
                devices);
    }

    private static String place(String nodeId, String digest) {
        return nodeId + " " + digest;
    }

    /** What of these digests runs on the nodes of these targets already. */
    private static Set<String> running(Tx tx, List<TargetRow> page, List<String> digests) {
        Set<String> running = new HashSet<>();
        List<String> nodes =
                page.stream().map(target -> target.nodeId).distinct().toList();
        for (int from = 0; from < nodes.size(); from += NODES_PER_QUERY) {
            for (SlotRow slot : tx.find(Query.of(SlotRow.class)
                    .in("nodeId", nodes.subList(from, Math.min(nodes.size(), from + NODES_PER_QUERY)))
                    .in("reportedDigest", digests)
                    .equal("reportedState", "active"))) {
                running.add(place(slot.nodeId, String.valueOf(slot.reportedDigest)));
            }
        }
        return running;
    }

    /** Why each of the first devices would get what it gets, by device; nothing has changed since it was chosen. */
    private static Map<String, String> reasons(
            Tx tx, Rollouts.Request request, List<VariantRow> variants, List<TargetRow> page) {
        Map<String, DeviceRow> devices = tx.all(
                DeviceRow.class,
                page.stream().limit(DEVICES_MAX).map(target -> target.deviceId).toList());
        if (devices.isEmpty()) {
            return Map.of();
        }
        Constraints constraints = Selector.constraints(
                request.maxLatencyMillis(), request.maxEnergyMillijoules(), request.minAccuracy(), false);
        Map<String, String> reasons = new HashMap<>();
        List<DeviceRow> inOrder = devices.values().stream()
                .sorted(Comparator.comparing(device -> device.id))
                .toList();
        for (Choice choice : new FleetSelector(request.model(), variants, constraints).choose(tx, inOrder)) {
            reasons.put(choice.device().id, choice.reason());
        }
        return reasons;
    }

    private static @Nullable Double expectedSeconds(
            Tx tx, String tenant, Rollouts.Request request, long fitting, int waves) {
        OptionalDouble mean = tx
                .find(Query.of(TargetRow.class)
                        .equal("tenant", tenant)
                        .equal("state", "succeeded")
                        .descending("startedAt")
                        .limit(EXAMPLES_MAX))
                .stream()
                .filter(target -> target.finishedAt != null)
                .mapToLong(target -> target.finishedAt - target.startedAt)
                .average();
        if (mean.isEmpty()) {
            return null;
        }
        int rate = request.policy().startsPerMinute();
        double starting = rate == 0 ? 0 : 60.0 * fitting / rate;
        return starting + waves * mean.getAsDouble() / 1000;
    }
}
