package io.fleetwright.controller.rollout;

import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.rollout.Snapshot.Pending;
import io.fleetwright.controller.rollout.Snapshot.Says;
import io.fleetwright.controller.rollout.Snapshot.Watched;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads what a decision looks at: counts, and pages of targets that take turns. */
final class Snapshots {
    static final long MINUTE_MILLIS = 60_000;
    private static final String LIST_REFUSED = "list-refused-";
    /** Before what is wrong with the timestamp that came with a list. */
    private static final String TIMESTAMP = "timestamp-";

    private static final String EQUIVOCATION = "equivocation";
    /**
     * Reasons for which a node will refuse the same list again; others, such as a wrong clock, may pass. A list that it could not read
     * has no version, and a report of one that is long past may come after a newer list was sent: that may pass too.
     */
    private static final Set<String> FINAL_REFUSALS = Set.of(
            "bad-signature",
            "below-threshold",
            "duplicate-signature",
            EQUIVOCATION,
            "malformed",
            "mislabelled",
            "root-missing",
            "too-many-slots",
            "unknown-key",
            "unsupported-format",
            "wrong-kind",
            "wrong-node");

    private static final int PENDING_MAX = 2000;
    private static final int CANCELLED_MAX = 2000;
    private static final int WATCHED_MAX = 250;
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    private final RolloutGates gates;
    private final Policy defaults;
    /** Where the next page of a rollout's targets begins; a new controller begins anew, which does no harm. */
    private final Map<String, String> cursors = new HashMap<>();

    Snapshots(RolloutGates gates, Policy defaults) {
        this.gates = gates;
        this.defaults = defaults;
    }

    /** The rollout with the next page of its targets. */
    Snapshot next(Tx tx, RolloutRow rollout, long now) {
        return switch (rollout.state()) {
            case RolloutState.Running() ->
                of(
                        tx,
                        rollout,
                        page(
                                tx,
                                inState(rollout, TargetState.PENDING).equal("wave", rollout.wave),
                                rollout.id + " pending",
                                PENDING_MAX),
                        watched(tx, rollout, TargetState.RUNNING, now),
                        now);
            case RolloutState.NeedsApproval(var _), RolloutState.Paused(var _) ->
                of(tx, rollout, List.of(), watched(tx, rollout, TargetState.RUNNING, now), now);
            case RolloutState.RollingBack(var _, Reach reach, var _) -> {
                List<TargetRow> watched = watched(tx, rollout, TargetState.WITHDRAWING, now);
                for (TargetState touched : reach == Reach.ALL
                        ? List.of(TargetState.RUNNING, TargetState.SUCCEEDED, TargetState.FAILED)
                        : List.of(TargetState.RUNNING, TargetState.FAILED)) {
                    watched.addAll(tx.find(inState(rollout, touched).limit(WATCHED_MAX)));
                }
                yield of(
                        tx,
                        rollout,
                        tx.find(inState(rollout, TargetState.PENDING).limit(CANCELLED_MAX)),
                        watched,
                        now);
            }
            case RolloutState.Scheduled(), RolloutState.Ended(var _, var _) ->
                of(tx, rollout, List.of(), List.of(), now);
        };
    }

    /** The rollout with targets whose nodes have said something. */
    Snapshot ofTargets(Tx tx, RolloutRow rollout, List<TargetRow> targets, long now) {
        return of(
                tx,
                rollout,
                targets.stream()
                        .filter(target ->
                                target.state.equals(TargetState.PENDING.label()) && target.wave <= rollout.wave)
                        .toList(),
                targets.stream()
                        .filter(target -> !target.state.equals(TargetState.PENDING.label()))
                        .toList(),
                now);
    }

    private List<TargetRow> watched(Tx tx, RolloutRow rollout, TargetState state, long now) {
        List<TargetRow> rows = new ArrayList<>(
                tx.find(inState(rollout, state).less("deadlineAt", now).limit(WATCHED_MAX)));
        Set<String> there = new HashSet<>();
        rows.forEach(row -> there.add(row.id));
        for (TargetRow row : page(tx, inState(rollout, state), rollout.id + " " + state.label(), WATCHED_MAX)) {
            if (there.add(row.id)) {
                rows.add(row);
            }
        }
        return rows;
    }

    private List<TargetRow> page(Tx tx, Query<TargetRow> query, String cursor, int limit) {
        List<TargetRow> rows = tx.find(query.greater("id", cursors.getOrDefault(cursor, ""))
                .ascending("id")
                .limit(limit));
        if (rows.size() < limit) {
            cursors.remove(cursor);
        } else {
            cursors.put(cursor, rows.getLast().id);
        }
        return rows;
    }

    private static Query<TargetRow> inState(RolloutRow rollout, TargetState state) {
        return Query.of(TargetRow.class).equal("rolloutId", rollout.id).equal("state", state.label());
    }

    Snapshot of(Tx tx, RolloutRow rollout, List<TargetRow> pending, List<TargetRow> watched, long now) {
        Policy policy = policy(rollout);
        List<Counts> waves = new ArrayList<>(Collections.nCopies(policy.waves().size(), Counts.NONE));
        long unfit = 0;
        long unfitOfAll = 0;
        for (WaveRow wave : waves(tx, rollout)) {
            waves.set(wave.wave, wave.counts());
            unfit = wave.wave == rollout.wave ? wave.unfit : unfit;
            unfitOfAll += wave.unfit;
        }
        Map<String, NodeRow> nodes = tx.all(
                NodeRow.class,
                Stream.concat(pending.stream(), watched.stream())
                        .map(row -> row.nodeId)
                        .distinct()
                        .toList());
        Map<String, SlotRow> slots = tx.all(
                SlotRow.class, watched.stream().map(row -> slotId(rollout, row)).toList());
        List<Watched> told = watched.stream()
                .map(row -> watched(row, nodes.get(row.nodeId), slots.get(slotId(rollout, row))))
                .toList();
        boolean gated = rollout.state() instanceof RolloutState.Running
                || rollout.state() instanceof RolloutState.NeedsApproval
                || rollout.state() instanceof RolloutState.Paused;
        return new Snapshot(
                rollout.state(),
                policy,
                rollout.wave,
                waves,
                unfit,
                unfitOfAll,
                Math.max(rollout.createdAt, policy.startAtMillis()),
                rollout.joinedAt,
                rollout.settledAt,
                rollout.approvedWave,
                rollout.acceptedWave,
                gated ? gates.verdict(tx, rollout, rollout.wave, told, now) : new GateVerdict.Pass(),
                now - rollout.minuteBeganAt < MINUTE_MILLIS ? rollout.minuteStarts : 0,
                policy.changingPerClassMax() > 0 ? changing(tx, rollout, pending) : Map.of(),
                policy.changingPerLabelMax() > 0 ? changingByLabelValue(tx, rollout, pending) : Map.of(),
                pending.stream()
                        .map(row -> pending(tx, rollout, policy, row, nodes.get(row.nodeId), now))
                        .toList(),
                told,
                now);
    }

    Policy policy(RolloutRow rollout) {
        return rollout.policy.isEmpty()
                ? Policy.of(
                        Arrays.stream(rollout.waves.split(",", -1))
                                .<Wave>map(percent -> new Wave.Percent(Integer.parseInt(percent)))
                                .toList(),
                        defaults.apply())
                : PolicyJson.read(rollout.policy, defaults);
    }

    static List<WaveRow> waves(Tx tx, RolloutRow rollout) {
        return tx.find(Query.of(WaveRow.class).equal("rolloutId", rollout.id).ascending("wave"));
    }

    private static String slotId(RolloutRow rollout, TargetRow target) {
        return target.deviceId + "/" + rollout.model;
    }

    private static Map<String, Long> changing(Tx tx, RolloutRow rollout, List<TargetRow> pending) {
        Map<String, Long> changing = new HashMap<>();
        pending.stream()
                .map(row -> row.deviceClass)
                .distinct()
                .forEach(name -> changing.put(
                        name,
                        tx.count(Query.of(TargetRow.class)
                                .equal("rolloutId", rollout.id)
                                .in("state", List.of(TargetState.RUNNING.label(), TargetState.WITHDRAWING.label()))
                                .equal("deviceClass", name))));
        return changing;
    }

    private static Map<String, Long> changingByLabelValue(Tx tx, RolloutRow rollout, List<TargetRow> pending) {
        Map<String, Long> changing = new HashMap<>();
        tx.all(
                        LabelValueRow.class,
                        pending.stream()
                                .map(row -> LabelValueRow.id(rollout.id, row.labelValue))
                                .distinct()
                                .toList())
                .values()
                .forEach(row -> changing.put(row.labelValue, row.changing));
        return changing;
    }

    private static Pending pending(
            Tx tx, RolloutRow rollout, Policy policy, TargetRow row, @Nullable NodeRow node, long now) {
        long today = 0;
        if (policy.bytesPerNodeDay() > 0) {
            for (TargetRow other : tx.find(
                    Query.of(TargetRow.class).equal("nodeId", row.nodeId).greater("startedAt", now - DAY_MILLIS))) {
                today += other.bytes;
            }
        }
        return new Pending(
                row.id,
                row.wave,
                row.node,
                row.deviceClass,
                row.labelValue,
                row.bytes,
                node != null && node.status.equals(Nodes.ONLINE),
                today,
                row.blockedSince == 0 ? 0 : Math.max(row.blockedSince, rollout.resumedAt),
                row.startedAt != 0);
    }

    private static Watched watched(TargetRow row, @Nullable NodeRow node, @Nullable SlotRow slot) {
        TargetState state = TargetState.of(row.state);
        Says says = node == null || slot == null ? Says.GONE : says(row, state, node, slot);
        String refusal = node == null || says != Says.NOTHING ? null : node.refusal();
        if (refusal != null) {
            says = isFinal(refusal) ? Says.FAILED : Says.REFUSED;
        }
        String why = slot == null ? null : slot.reportedReason;
        return new Watched(
                row.id,
                row.wave,
                state,
                row.deadlineAt,
                row.answered,
                says,
                refusal == null ? why : LIST_REFUSED + refusal);
    }

    private static boolean isFinal(String refusal) {
        if (!refusal.startsWith(TIMESTAMP)) {
            return FINAL_REFUSALS.contains(refusal);
        }
        String document = refusal.substring(TIMESTAMP.length());
        // The next timestamp is another one; only the list stays the same.
        return FINAL_REFUSALS.contains(document) && !document.equals(EQUIVOCATION);
    }

    private static Says says(TargetRow row, TargetState state, NodeRow node, SlotRow slot) {
        boolean goesBack = state == TargetState.WITHDRAWING || state == TargetState.WITHDRAWN;
        String wanted = goesBack ? row.previousDigest : row.digest;
        if (!Objects.equals(slot.desiredDigest, wanted)) {
            return Says.SUPERSEDED;
        }
        if (wanted == null) {
            return node.appliedVersion >= slot.desiredSince ? Says.IS_BACK : Says.NOTHING;
        }
        if (slot.reportedVersion < slot.desiredSince) {
            return Says.NOTHING;
        }
        boolean same = Objects.equals(slot.reportedDigest, wanted);
        return switch (slot.reportedState) {
            case "active" -> !same ? Says.RUNS_OTHER : goesBack ? Says.IS_BACK : Says.RUNS;
            case "failed" -> Says.FAILED;
            default -> Says.ANSWERED;
        };
    }
}
