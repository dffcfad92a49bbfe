package io.fleetwright.controller.rollout;

import io.fleetwright.controller.audit.AuditLog;
import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.node.DesiredChanges;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutDecision.Action;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Carries out the actions of one plan, and keeps the counts of its waves with every change of a target. */
final class Changes {
    private static final int RETRIED_MAX = 10_000;
    /** Who moves rollouts on in the audit log, when nobody asked for it. */
    private static final String ENGINE = "rollout-engine";

    private final Tx tx;
    private final DesiredChanges lists;
    private final Map<String, DeviceRow> devices;
    private final RolloutRow rollout;
    private final Policy policy;
    private final long now;
    private final Map<Integer, WaveRow> waves = new HashMap<>();
    private final Map<String, LabelValueRow> labelValues = new HashMap<>();
    private final Set<String> nodesToTell = new LinkedHashSet<>();
    private final Map<String, TargetRow> targets;
    private final Map<String, TargetRow> changed = new LinkedHashMap<>();

    private Changes(
            Tx tx,
            RolloutRow rollout,
            Policy policy,
            Map<String, TargetRow> targets,
            DesiredChanges lists,
            Map<String, DeviceRow> devices,
            long now) {
        this.tx = tx;
        this.lists = lists;
        this.devices = devices;
        this.rollout = rollout;
        this.policy = policy;
        this.targets = targets;
        this.now = now;
    }

    /**
     * Carries out {@code actions} on a rollout whose row this transaction has claimed, and tells the nodes.
     *
     * @param rollout changed and written
     */
    static void apply(
            Tx tx, Effects effects, Nodes nodes, RolloutRow rollout, Policy policy, List<Action> actions, long now) {
        Map<String, TargetRow> targets = tx.all(
                TargetRow.class, actions.stream().flatMap(Changes::target).toList());
        List<TargetRow> touched = actions.stream()
                .filter(action -> action instanceof Action.Start || action instanceof Action.Withdraw)
                .flatMap(Changes::target)
                .flatMap(id -> Stream.ofNullable(targets.get(id)))
                .toList();
        DesiredChanges lists = nodes.changes(
                tx, touched.stream().map(row -> row.nodeId).distinct().toList());
        Map<String, DeviceRow> devices = tx.all(
                DeviceRow.class, touched.stream().map(row -> row.deviceId).toList());
        Changes changes = new Changes(tx, rollout, policy, targets, lists, devices, now);
        actions.forEach(changes::apply);
        lists.write(now);
        tx.updateAll(List.copyOf(changes.changed.values()));
        changes.waves.values().forEach(tx::update);
        changes.labelValues.values().forEach(tx::update);
        tx.update(rollout);
        lists.send(effects, changes.nodesToTell, now);
        effects.hint(rollout.tenant, "rollout", rollout.id);
    }

    /**
     * Gives another turn to what has failed or was not there, but for devices that are in another rollout by now.
     *
     * @throws Refusal when all of them are; it names one
     */
    static void retry(Tx tx, RolloutRow rollout) {
        Map<Integer, WaveRow> waves = new HashMap<>();
        for (WaveRow wave : Snapshots.waves(tx, rollout)) {
            waves.put(wave.wave, wave);
        }
        Map<String, String> taken = Targeting.taken(tx, rollout);
        List<TargetRow> retried = new ArrayList<>();
        List<TargetRow> left = new ArrayList<>();
        for (TargetRow target : tx.find(Query.of(TargetRow.class)
                .equal("rolloutId", rollout.id)
                .in("state", List.of(TargetState.FAILED.label(), TargetState.SKIPPED.label()))
                .limit(RETRIED_MAX))) {
            WaveRow wave = waves.get(target.wave);
            WaveRow present = waves.get(rollout.wave);
            if (wave == null || present == null || target.variant == null || target.wave > rollout.wave) {
                continue;
            }
            if (taken.containsKey(target.deviceId)) {
                target.reason = Reason.IN_ANOTHER_ROLLOUT.label();
                left.add(target);
            } else {
                wave.add(TargetState.of(target.state), -1);
                present.add(TargetState.PENDING, 1);
                target.state = TargetState.PENDING.label();
                target.wave = rollout.wave;
                block(target, 0, null);
                retried.add(target);
            }
        }
        if (retried.isEmpty() && !left.isEmpty()) {
            TargetRow first = left.getFirst();
            throw Targeting.taken(Objects.requireNonNull(taken.get(first.deviceId)), rollout, first);
        }
        tx.updateAll(retried);
        tx.updateAll(left);
        waves.values().forEach(tx::update);
        rollout.settledAt = 0;
    }

    private static Stream<String> target(Action action) {
        return switch (action) {
            case Action.Start(String id) -> Stream.of(id);
            case Action.Block(String id, var _) -> Stream.of(id);
            case Action.Unblock(String id) -> Stream.of(id);
            case Action.Answered(String id) -> Stream.of(id);
            case Action.Move(String id, var _, var _) -> Stream.of(id);
            case Action.Succeed(String id) -> Stream.of(id);
            case Action.Withdraw(String id) -> Stream.of(id);
            case Action.NextWave(var _), Action.Settle(), Action.Become(var _) -> Stream.empty();
        };
    }

    private void apply(Action action) {
        switch (action) {
            case Action.Start(String id) -> start(row(id));
            case Action.Block(String id, Rule.Kind by) -> block(row(id), now, by.label());
            case Action.Unblock(String id) -> block(row(id), 0, null);
            case Action.Answered(String id) -> {
                TargetRow target = row(id);
                target.answered = true;
                target.deadlineAt = now + policy.apply().toMillis();
            }
            case Action.Move(String id, TargetState to, String reason) -> {
                TargetRow target = row(id);
                if (to == TargetState.FAILED) {
                    target.failure = reason;
                }
                move(target, to, reason);
            }
            case Action.Succeed(String id) -> move(row(id), TargetState.SUCCEEDED, null);
            case Action.Withdraw(String id) -> withdraw(row(id));
            case Action.NextWave(int wave) -> {
                rollout.wave = wave;
                rollout.settledAt = 0;
            }
            case Action.Settle() -> rollout.settledAt = now;
            case Action.Become(RolloutState state) -> {
                rollout.become(state, now);
                AuditLog.append(
                        tx,
                        rollout.tenant,
                        ENGINE,
                        "rollout." + state.label(),
                        rollout.reason == null ? rollout.id : rollout.id + " " + rollout.reason,
                        now);
            }
        }
    }

    private TargetRow row(String id) {
        TargetRow row = targets.get(id);
        if (row == null) {
            throw new IllegalStateException("target %s is gone".formatted(id));
        }
        changed.put(id, row);
        return row;
    }

    private static void block(TargetRow target, long since, @Nullable String by) {
        target.blockedSince = since;
        target.blockedBy = by;
    }

    private void start(TargetRow target) {
        NodeRow node = lists.node(target.nodeId).orElse(null);
        Optional<DesiredSlot> wanted = slot(target, rollout.version, target.variant, target.digest, target.bytes);
        if (node == null || !devices.containsKey(target.deviceId) || wanted.isEmpty()) {
            giveUp(target, Reason.DEVICE_GONE);
            return;
        }
        if (target.startedAt == 0) {
            SlotRow before = lists.slot(node, target.device, rollout.model).orElseGet(SlotRow::new);
            target.previousVersion = before.desiredVersion;
            target.previousVariant = before.desiredVariant;
            target.previousDigest = before.desiredDigest;
            target.previousBytes = before.desiredBytes;
        }
        if (!lists.desire(node, wanted.get())) {
            giveUp(target, Reason.DESIRED_LIST_FULL);
            return;
        }
        if (now - rollout.minuteBeganAt >= Snapshots.MINUTE_MILLIS) {
            rollout.minuteBeganAt = now;
            rollout.minuteStarts = 0;
        }
        rollout.minuteStarts++;
        target.startedAt = now;
        target.answered = false;
        target.deadlineAt = now + policy.dispatch().toMillis();
        target.blockedSince = 0;
        target.blockedBy = null;
        nodesToTell.add(node.id);
        move(target, TargetState.RUNNING, null);
    }

    /** One that was told in an earlier turn may yet install the version: it stays among what a breach takes back. */
    private void giveUp(TargetRow target, Reason reason) {
        if (target.startedAt == 0) {
            move(target, TargetState.SKIPPED, reason.label());
        } else {
            target.failure = reason.label();
            move(target, TargetState.FAILED, reason.label());
        }
    }

    private void withdraw(TargetRow target) {
        NodeRow node = lists.node(target.nodeId).orElse(null);
        String digest = target.digest;
        if (node != null && digest != null) {
            Optional<DesiredSlot> back = slot(
                    target,
                    target.previousVersion,
                    target.previousVariant,
                    target.previousDigest,
                    target.previousBytes);
            if (lists.withdraw(node, target.device, rollout.model, new Digest(digest), back)) {
                nodesToTell.add(node.id);
            }
        }
        target.deadlineAt = now + policy.dispatch().plus(policy.apply()).toMillis();
        move(target, TargetState.WITHDRAWING, null);
    }

    private Optional<DesiredSlot> slot(
            TargetRow target, @Nullable String version, @Nullable String variant, @Nullable String digest, long bytes) {
        return version == null || variant == null || digest == null
                ? Optional.empty()
                : Optional.of(new DesiredSlot(
                        target.device, rollout.model, rollout.model, version, variant, new Digest(digest), bytes));
    }

    private void move(TargetRow target, TargetState to, @Nullable String reason) {
        WaveRow wave = waves.computeIfAbsent(
                target.wave,
                index -> tx.get(WaveRow.class, WaveRow.id(rollout.id, index)).orElseThrow());
        wave.add(TargetState.of(target.state), -1);
        wave.add(to, 1);
        boolean was = isChanging(TargetState.of(target.state));
        boolean open = isChanging(to);
        if (policy.changingPerLabelMax() > 0 && was != open) {
            labelValues.computeIfAbsent(target.labelValue, this::labelValue).changing += open ? 1 : -1;
        }
        target.state = to.label();
        target.reason = reason;
        target.finishedAt = open ? null : (Long) now;
    }

    private static boolean isChanging(TargetState state) {
        return state == TargetState.RUNNING || state == TargetState.WITHDRAWING;
    }

    private LabelValueRow labelValue(String value) {
        return tx.get(LabelValueRow.class, LabelValueRow.id(rollout.id, value)).orElseGet(() -> {
            LabelValueRow row = LabelValueRow.of(rollout, value);
            tx.insert(row);
            return row;
        });
    }
}
