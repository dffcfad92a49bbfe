package io.fleetwright.controller.rollout;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.gate.Gates;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.select.Choice;
import io.fleetwright.controller.select.FleetSelector;
import io.fleetwright.controller.select.Selector;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.select.Constraints;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the targets of a new rollout, page by page: of a million devices only their classes and waves are in memory at a
 * time.
 */
final class Targeting {
    static final int TARGETS_MAX = 2_000_000;
    /** Devices that join at a time. */
    private static final int JOINING_MAX = 1000;

    private final Tx tx;
    private final RolloutRow rollout;
    private final Rollouts.Request request;
    private final FleetSelector selector;
    private final List<String> classNames = new ArrayList<>();
    private final Map<String, String> taken;
    private final List<WaveRow> waves = new ArrayList<>();
    private int[] classes = new int[1024];
    private int matched;
    private int placed;
    private @Nullable String unfitExample;

    private Targeting(
            Tx tx, RolloutRow rollout, Rollouts.Request request, List<VariantRow> variants, Constraints constraints) {
        this.tx = tx;
        this.rollout = rollout;
        this.request = request;
        this.selector = new FleetSelector(rollout.model, variants, constraints);
        this.taken = taken(tx, rollout);
    }

    /**
     * Stores the targets and the counts of the waves, and notes the waves' shares in the rollout.
     *
     * @throws Refusal when nothing matches, nothing fits, or a device is in another open rollout of the slot
     */
    static void store(
            Tx tx, RolloutRow rollout, Rollouts.Request request, List<VariantRow> variants, Constraints constraints) {
        new Targeting(tx, rollout, request, variants, constraints).store();
    }

    /**
     * Adds devices that fit and are in no open rollout of the slot to the last wave.
     *
     * @param rollout changed, not written
     */
    static void join(
            Tx tx,
            RolloutRow rollout,
            Rollouts.Request request,
            List<VariantRow> variants,
            Constraints constraints,
            long nowMillis) {
        new Targeting(tx, rollout, request, variants, constraints).join(nowMillis);
    }

    private void join(long nowMillis) {
        WaveRow last = Snapshots.waves(tx, rollout).getLast();
        long room = TARGETS_MAX - Rollouts.counts(tx, rollout).total();
        List<TargetRow> joining = new ArrayList<>();
        // A class that came too late for a test of its own would go unjudged.
        Predicate<DeviceRow> judged = Gates.judged(tx, rollout.id);
        Selector.eachPage(tx, rollout.tenant, request.classes(), request.devices(), request.q(), page -> {
            Map<String, TargetRow> there = tx.all(
                    TargetRow.class,
                    page.stream().map(device -> targetId(device)).toList());
            List<DeviceRow> fresh = page.stream()
                    .filter(device -> !there.containsKey(targetId(device)) && !taken.containsKey(device.id))
                    .filter(judged)
                    .limit(Math.max(0, JOINING_MAX - joining.size()))
                    .toList();
            Map<String, String> labelValues = labelValues(fresh);
            for (Choice choice : selector.chooseJoining(tx, fresh)) {
                joining.add(target(choice, last.wave, labelValues));
            }
        });
        List<TargetRow> joined = joining.subList(0, (int) Math.min(joining.size(), room));
        for (TargetRow target : joined) {
            last.add(TargetState.of(target.state), 1);
            if (target.variant == null) {
                target.finishedAt = nowMillis;
                last.unfit++;
            } else {
                rollout.joinedAt = nowMillis;
                rollout.settledAt = last.wave == rollout.wave ? 0 : rollout.settledAt;
            }
        }
        if (!joined.isEmpty()) {
            tx.insertAll(joined);
            tx.update(last);
        }
    }

    private String targetId(DeviceRow device) {
        return rollout.id + "/" + device.node + "/" + device.device;
    }

    private void store() {
        Selector.eachPage(
                tx,
                rollout.tenant,
                request.classes(),
                request.devices(),
                request.q(),
                page -> page.forEach(this::count));
        if (matched == 0 && !request.allowed().contains(Rollouts.Allowance.EMPTY)) {
            throw Refusal.invalid("no device matches the selector");
        }
        int[] waveOf = Waves.assign(
                Arrays.copyOf(classes, matched), classNames, request.policy().waves());
        for (int wave = 0; wave < request.policy().waves().size(); wave++) {
            WaveRow row = new WaveRow();
            row.id = WaveRow.id(rollout.id, wave);
            row.tenant = rollout.tenant;
            row.rolloutId = rollout.id;
            row.wave = wave;
            waves.add(row);
        }
        Selector.eachPage(
                tx, rollout.tenant, request.classes(), request.devices(), request.q(), page -> place(page, waveOf));
        String example = unfitExample;
        if (example != null && waves.stream().allMatch(wave -> wave.pending == 0)) {
            throw Refusal.invalid("no variant fits any matched device, for example " + example);
        }
        tx.insertAll(waves);
        long upTo = 0;
        List<String> shares = new ArrayList<>();
        for (WaveRow wave : waves) {
            upTo += wave.counts().total();
            shares.add(String.valueOf(matched == 0 ? 100 : Math.ceilDiv(100 * upTo, (long) matched)));
        }
        rollout.waves = String.join(",", shares);
    }

    private void count(DeviceRow device) {
        if (matched == TARGETS_MAX) {
            throw Refusal.invalid("more than %d devices match".formatted(TARGETS_MAX));
        }
        if (matched == classes.length) {
            classes = Arrays.copyOf(classes, 2 * matched);
        }
        if (!classNames.contains(device.deviceClass)) {
            classNames.add(device.deviceClass);
        }
        classes[matched++] = classNames.indexOf(device.deviceClass);
    }

    private void place(List<DeviceRow> devices, int[] waveOf) {
        List<TargetRow> targets = new ArrayList<>();
        Map<String, String> labelValues = labelValues(devices);
        for (Choice choice : selector.choose(tx, devices)) {
            TargetRow target = target(choice, waveOf[placed++], labelValues);
            WaveRow wave = waves.get(target.wave);
            wave.add(TargetState.of(target.state), 1);
            if (target.variant == null) {
                wave.unfit++;
                unfitExample = "%s/%s: %s".formatted(target.node, target.device, target.reason);
            } else {
                String other = taken.get(target.deviceId);
                if (other != null) {
                    throw taken(other, rollout, target);
                }
            }
            targets.add(target);
        }
        tx.insertAll(targets);
    }

    /** Of the label that the policy has a budget for, by node; empty where there is no budget. */
    private Map<String, String> labelValues(List<DeviceRow> devices) {
        Map<String, String> values = new HashMap<>();
        String label = request.policy().changingLabel();
        if (!label.isEmpty()) {
            tx.all(
                            NodeRow.class,
                            devices.stream()
                                    .map(device -> device.nodeId)
                                    .distinct()
                                    .toList())
                    .values()
                    .forEach(node -> values.put(
                            node.id, Labels.stored(node.labels).values().getOrDefault(label, "")));
        }
        return values;
    }

    private TargetRow target(Choice choice, int wave, Map<String, String> labelValues) {
        DeviceRow device = choice.device();
        TargetRow target = new TargetRow();
        target.id = targetId(device);
        target.tenant = rollout.tenant;
        target.rolloutId = rollout.id;
        target.nodeId = device.nodeId;
        target.deviceId = device.id;
        target.node = device.node;
        target.device = device.device;
        target.deviceClass = device.deviceClass;
        target.labelValue = labelValues.getOrDefault(device.nodeId, "");
        target.wave = wave;
        target.state = TargetState.PENDING.label();
        choice.variant()
                .ifPresentOrElse(
                        variant -> {
                            target.variant = variant.variant;
                            target.digest = variant.digest;
                            target.bytes = variant.bytes;
                        },
                        () -> {
                            target.state = TargetState.SKIPPED.label();
                            target.reason = choice.reason();
                            target.finishedAt = rollout.createdAt;
                        });
        return target;
    }

    static Refusal taken(String other, RolloutRow rollout, TargetRow target) {
        return new Refusal(
                Refusal.Kind.CONFLICT,
                "rollout %s, which has not ended, changes slot %s of %s/%s"
                        .formatted(other, rollout.model, target.node, target.device));
    }

    /** The other open rollout of the same slot that each device is in. */
    static Map<String, String> taken(Tx tx, RolloutRow rollout) {
        Map<String, String> taken = new HashMap<>();
        for (RolloutRow other : tx.find(Query.of(RolloutRow.class)
                .equal("tenant", rollout.tenant)
                .equal("model", rollout.model)
                .in("state", RolloutState.OPEN))) {
            if (other.id.equals(rollout.id)) {
                continue;
            }
            Set<String> devices = tx.distinct(
                    Query.of(TargetRow.class)
                            .equal("rolloutId", other.id)
                            .in(
                                    "state",
                                    Stream.of(
                                                    TargetState.PENDING,
                                                    TargetState.RUNNING,
                                                    TargetState.SUCCEEDED,
                                                    TargetState.FAILED,
                                                    TargetState.WITHDRAWING)
                                            .map(TargetState::label)
                                            .toList()),
                    "deviceId");
            devices.forEach(device -> taken.put(device, other.id));
        }
        return taken;
    }
}
