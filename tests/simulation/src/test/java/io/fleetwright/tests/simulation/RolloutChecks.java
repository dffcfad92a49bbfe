package io.fleetwright.tests.simulation;

import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.WaveRow;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Topic;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What must hold of the controller's rows after every commit, those included after which the process ended at once. */
final class RolloutChecks {
    private static final List<String> ENDS = List.of("succeeded", "failed", "rolled-back", "aborted");
    private static final List<String> STATES =
            List.of("pending", "running", "succeeded", "failed", "cancelled", "skipped", "withdrawing", "withdrawn");
    /** States in which a rollout follows what its targets say. */
    private static final List<String> FOLLOWING = List.of("running", "paused", "needs-approval");

    private static final Pattern TOLERATED = Pattern.compile("\"failuresTolerated\":(\\d+)");

    private final long seed;
    private final MemoryStore store;
    /** The newest list for which a device has said to run a digest, whether or not that arrived. */
    private final Map<String, Long> said = new HashMap<>();

    private final Set<String> believed = new HashSet<>();

    private final Map<String, String> ended = new HashMap<>();
    /** Targets that had been started when their rollout was halted. */
    private final Map<String, Map<String, Long>> startedAtHalt = new HashMap<>();

    private int newestController;
    /** Whose failed targets an operator gives another turn in the present commit. */
    private @Nullable String retried;

    private final Map<String, Long> desiredVersions = new HashMap<>();
    private final Map<String, Long> revisions = new HashMap<>();
    private final Map<String, Integer> waves = new HashMap<>();
    /** As it was after the commit before. */
    private final Map<String, TargetRow> targetsBefore = new HashMap<>();
    /** Rollouts in the order in which they were made; ids follow the controller's clock, which may be wrong. */
    private final Set<String> made = new LinkedHashSet<>();

    RolloutChecks(long seed, MemoryStore store) {
        this.seed = seed;
        this.store = store;
    }

    /** Listens to what devices say, before the network has its way with it. */
    void said(BoardChecks board, Topic topic, byte[] payload) {
        try {
            if (topic.kind() == Topic.Kind.UP_REPORTED) {
                Reported reported = Reported.decode(payload);
                said(topic, reported.slots(), reported.version());
            } else if (topic.kind() == Topic.Kind.UP_BIRTH) {
                Birth birth = Birth.decode(payload);
                said(topic, birth.slots(), birth.appliedVersion());
                if (!birth.past()) {
                    active(birth.slots()).forEach(slot -> board.said(place(slot), slot.digest()));
                }
            }
        } catch (MalformedMessageException wrong) {
            throw new AssertionError("seed %d: an agent sent a malformed message".formatted(seed), wrong);
        }
    }

    private static String place(SlotReport slot) {
        return slot.device() + "/" + slot.slot();
    }

    private static List<SlotReport> active(List<SlotReport> slots) {
        return slots.stream()
                .filter(slot -> slot.state() == SlotReport.State.ACTIVE)
                .toList();
    }

    private void said(Topic topic, List<SlotReport> slots, long version) {
        for (SlotReport slot : active(slots)) {
            said.merge("%s/%s %s".formatted(topic.address(), slot.device(), slot.digest()), version, Math::max);
        }
    }

    /** A controller has said that it begins; those with lower numbers have been replaced by it. */
    void began(int number) {
        newestController = Math.max(newestController, number);
    }

    /** An operator asks for another turn of a rollout's targets, which may begin in the same commit; or does no more. */
    void retried(@Nullable String rollout) {
        retried = rollout;
    }

    /** A controller has committed these rows. */
    void committed(int number, List<Row> written) {
        Invariant.ONE_WRITER.require(
                written.isEmpty() || number >= newestController,
                "seed %d: controller %d wrote %s after controller %d had begun",
                seed,
                number,
                written.stream().map(row -> row.getClass().getSimpleName()).collect(Collectors.toSet()),
                newestController);
        Set<String> rollouts = new LinkedHashSet<>();
        for (Row row : written) {
            switch (row) {
                case NodeRow node -> node(node.id);
                case RolloutRow rollout -> rollouts.add(rollout.id);
                case TargetRow target -> rollouts.add(target.rolloutId);
                case WaveRow wave -> rollouts.add(wave.rolloutId);
                default -> {}
            }
        }
        rollouts.forEach(this::rollout);
        for (Row row : written) {
            if (row instanceof SlotRow slot) {
                slot(slot.id);
            }
        }
    }

    private void node(String id) {
        long version = store.transact(tx -> tx.get(NodeRow.class, id)).orElseThrow().desiredVersion;
        long before = desiredVersions.getOrDefault(id, 0L);
        Invariant.ONE_WRITER.require(
                version >= before, "seed %d: the list of %s went from %d to %d", seed, id, before, version);
        desiredVersions.put(id, version);
    }

    private void rollout(String id) {
        RolloutRow rollout = store.transact(tx -> tx.get(RolloutRow.class, id)).orElseThrow();
        made.add(id);
        Long before = revisions.put(id, rollout.revision);
        Invariant.ONE_WRITER.require(
                before == null || rollout.revision > before,
                "seed %d: %s changed, and its revision went from %s to %d",
                seed,
                id,
                before,
                rollout.revision);
        List<TargetRow> targets = targets(id);
        for (TargetRow target : targets) {
            target(rollout, target);
        }
        counts(id, targets);
        wave(rollout, targets);
        if (rollout.state.equals("rolling-back") || ENDS.contains(rollout.state)) {
            Map<String, Long> started =
                    targets.stream().collect(Collectors.toMap(target -> target.id, target -> target.startedAt));
            Invariant.TRUE_SUCCESS.require(
                    startedAtHalt.computeIfAbsent(id, _ -> started).equals(started),
                    "seed %d: something of %s started after it was halted",
                    seed,
                    id);
        }
        if (ENDS.contains(rollout.state)) {
            if (!ended.containsKey(id) && !rollout.state.equals("succeeded")) {
                targets.forEach(target -> takenBack(rollout, target));
            }
            String end = ended.computeIfAbsent(id, _ -> rollout.state);
            Invariant.TRUE_SUCCESS.require(
                    end.equals(rollout.state), "seed %d: %s ended as %s, then as %s", seed, id, end, rollout.state);
        }
    }

    private void takenBack(RolloutRow rollout, TargetRow target) {
        boolean stays = target.state.equals("succeeded") && !rollout.state.equals("rolled-back");
        if (target.startedAt == 0 || stays || rollout.version.equals(target.previousVersion)) {
            return;
        }
        store.transact(tx -> tx.get(SlotRow.class, target.deviceId + "/" + rollout.model))
                .ifPresent(slot -> Invariant.TAKEN_BACK.require(
                        !rollout.version.equals(slot.desiredVersion)
                                || !Objects.equals(target.digest, slot.desiredDigest),
                        "seed %d: %s has ended as %s, and %s, which is %s, is still to run %s",
                        seed,
                        rollout.id,
                        rollout.state,
                        target.id,
                        target.state,
                        slot.desiredVersion));
    }

    private void target(RolloutRow rollout, TargetRow target) {
        TargetRow before = targetsBefore.put(target.id, target);
        if (before != null && before.startedAt != 0 && before.startedAt != target.startedAt) {
            Invariant.ONE_DISPATCH.require(
                    before.state.equals("pending")
                            || rollout.id.equals(retried)
                                    && List.of("failed", "skipped").contains(before.state),
                    "seed %d: %s was started while %s",
                    seed,
                    target.id,
                    before.state);
        }
        if (target.state.equals("succeeded") && believed.add(target.id + " " + target.startedAt)) {
            long asked = store.transact(tx -> tx.get(SlotRow.class, target.deviceId + "/" + rollout.model))
                    .map(slot -> slot.desiredSince)
                    .orElseThrow();
            Invariant.TRUE_SUCCESS.require(
                    said.getOrDefault(target.deviceId + " " + target.digest, -1L) >= asked,
                    "seed %d: %s never said that it runs what it was asked for with list %d",
                    seed,
                    target.id,
                    asked);
        }
        Invariant.TRUE_SUCCESS.require(
                target.startedAt == 0 || target.wave <= rollout.wave,
                "seed %d: %s started before its wave",
                seed,
                target.id);
        Invariant.TRUE_SUCCESS.require(
                target.wave >= rollout.wave
                        || !rollout.state.equals("running")
                        || !List.of("pending", "running").contains(target.state),
                "seed %d: %s of a wave before the present one is %s",
                seed,
                target.id,
                target.state);
    }

    /** The next wave begins only when the one before kept its threshold, or an operator has accepted that it did not. */
    private void wave(RolloutRow rollout, List<TargetRow> targets) {
        int before = Objects.requireNonNullElse(waves.put(rollout.id, rollout.wave), 0);
        Matcher policy = TOLERATED.matcher(rollout.policy);
        long tolerated = policy.find() ? Long.parseLong(policy.group(1)) : 0;
        for (int wave = before; wave < rollout.wave; wave++) {
            int left = wave;
            long failed = targets.stream()
                    .filter(target -> target.wave == left && target.state.equals("failed"))
                    .count();
            Invariant.TRUE_SUCCESS.require(
                    failed <= tolerated || rollout.acceptedWave >= left,
                    "seed %d: wave %d of %s began after %d failures, %d are tolerated",
                    seed,
                    left + 1,
                    rollout.id,
                    failed,
                    tolerated);
        }
    }

    private void counts(String id, List<TargetRow> targets) {
        long[] sums = new long[STATES.size()];
        for (WaveRow wave : store.transact(tx -> tx.find(Query.of(WaveRow.class).equal("rolloutId", id)))) {
            long[] counts = {
                wave.pending,
                wave.running,
                wave.succeeded,
                wave.failed,
                wave.cancelled,
                wave.skipped,
                wave.withdrawing,
                wave.withdrawn
            };
            for (int state = 0; state < counts.length; state++) {
                sums[state] += counts[state];
            }
        }
        for (int state = 0; state < sums.length; state++) {
            String name = STATES.get(state);
            long are =
                    targets.stream().filter(target -> target.state.equals(name)).count();
            Invariant.TRUE_SUCCESS.require(
                    sums[state] == are, "seed %d: %s has %d %s targets, not %d", seed, id, are, name, sums[state]);
        }
    }

    /** What a device has said flips the record in the same commit. */
    private void slot(String id) {
        SlotRow slot = store.transact(tx -> tx.get(SlotRow.class, id)).orElse(null);
        if (slot == null || slot.reportedVersion < slot.desiredSince) {
            return;
        }
        boolean fellBack = slot.reportedState.equals("failed")
                || slot.reportedState.equals("active") && !Objects.equals(slot.reportedDigest, slot.desiredDigest);
        if (!fellBack) {
            return;
        }
        for (TargetRow target : store.transact(tx -> tx.find(
                Query.of(TargetRow.class).equal("deviceId", slot.deviceId).equal("state", "succeeded")))) {
            String state = store.transact(tx -> tx.get(RolloutRow.class, target.rolloutId))
                    .orElseThrow()
                    .state;
            Invariant.TRUE_SUCCESS.require(
                    !FOLLOWING.contains(state) || !Objects.equals(target.digest, slot.desiredDigest),
                    "seed %d: %s counts as succeeded, and its device says %s",
                    seed,
                    target.id,
                    slot.reportedState);
        }
    }

    /** Each rollout has ended, and so has every target; each slot runs what it shall, or has said why not. */
    void atTheEnd() {
        for (RolloutRow rollout : rollouts()) {
            Invariant.CONVERGES.require(
                    ENDS.contains(rollout.state), "seed %d: %s is %s", seed, rollout.id, rollout.state);
            for (TargetRow target : targets(rollout.id)) {
                Invariant.CONVERGES.require(
                        !List.of("pending", "running", "withdrawing").contains(target.state),
                        "seed %d: %s is %s, and its rollout %s",
                        seed,
                        target.id,
                        target.state,
                        rollout.state);
            }
        }
        for (SlotRow slot : store.transact(tx -> tx.find(Query.of(SlotRow.class)))) {
            boolean reached = slot.desiredDigest == null
                    ? applied(slot.nodeId) >= slot.desiredSince && !slot.reportedState.equals("active")
                    : slot.reportedVersion >= slot.desiredSince
                            && (slot.reportedState.equals("failed")
                                    || slot.reportedState.equals("active")
                                            && slot.desiredDigest.equals(slot.reportedDigest));
            Invariant.CONVERGES.require(
                    reached,
                    "seed %d: %s is to run %s since list %d, and says %s of list %d: %s",
                    seed,
                    slot.id,
                    slot.desiredDigest,
                    slot.desiredSince,
                    slot.reportedState,
                    slot.reportedVersion,
                    slot.reportedDigest);
        }
    }

    private long applied(String node) {
        return store.transact(tx -> tx.get(NodeRow.class, node)).orElseThrow().appliedVersion;
    }

    /** True when nothing is under way any more. */
    boolean isQuiet() {
        return rollouts().stream().noneMatch(RolloutRow::isOpen)
                && store.transact(tx -> tx.count(Query.of(NodeRow.class).equal("behind", true))) == 0;
    }

    /** In the order in which they were made. */
    List<RolloutRow> rollouts() {
        List<String> order = List.copyOf(made);
        return store.transact(tx -> tx.find(Query.of(RolloutRow.class))).stream()
                .sorted(Comparator.comparingInt((RolloutRow rollout) -> order.indexOf(rollout.id)))
                .toList();
    }

    /** The newest one, when there is any. */
    @Nullable
    RolloutRow newest() {
        List<RolloutRow> all = rollouts();
        return all.isEmpty() ? null : all.getLast();
    }

    private List<TargetRow> targets(String id) {
        return store.transact(tx -> tx.find(Query.of(TargetRow.class).equal("rolloutId", id)));
    }
}
