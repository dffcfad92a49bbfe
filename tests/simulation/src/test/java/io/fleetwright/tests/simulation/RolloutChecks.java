package io.fleetwright.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.WaveRow;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Topic;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What must hold of rollouts after every commit: counts add up, success was said by the device itself, waves follow each
 * other, nothing starts after a halt, and an end is an end.
 */
final class RolloutChecks {
    private static final List<String> ENDS = List.of("succeeded", "failed", "rolled-back", "aborted");

    private final long seed;
    private final MemoryStore store;
    /** The newest list for which a device has said to run a digest, whether or not that arrived. */
    private final Map<String, Long> said = new HashMap<>();

    private final Set<String> believed = new HashSet<>();

    private final Map<String, String> ended = new HashMap<>();
    /** Targets that had been started when their rollout was halted. */
    private final Map<String, Map<String, Long>> startedAtHalt = new HashMap<>();

    RolloutChecks(long seed, MemoryStore store) {
        this.seed = seed;
        this.store = store;
    }

    /** Listens to what devices say, before the network has its way with it. */
    void said(Topic topic, byte[] payload) {
        try {
            if (topic.kind() == Topic.Kind.UP_REPORTED) {
                Reported reported = Reported.decode(payload);
                said(topic, reported.slots(), reported.version());
            } else if (topic.kind() == Topic.Kind.UP_BIRTH) {
                Birth birth = Birth.decode(payload);
                said(topic, birth.slots(), birth.appliedVersion());
            }
        } catch (MalformedMessageException wrong) {
            throw new AssertionError("seed %d: an agent sent a malformed message".formatted(seed), wrong);
        }
    }

    private void said(Topic topic, List<SlotReport> slots, long version) {
        for (SlotReport slot : slots) {
            if (slot.state() == SlotReport.State.ACTIVE) {
                said.merge("%s/%s %s".formatted(topic.address(), slot.device(), slot.digest()), version, Math::max);
            }
        }
    }

    void afterCommit(String id) {
        RolloutRow rollout = store.transact(tx -> tx.get(RolloutRow.class, id)).orElseThrow();
        List<TargetRow> targets = targets(id);
        checkCounts(id, targets);
        for (TargetRow target : targets) {
            if (target.state.equals("succeeded") && believed.add(target.id + " " + target.startedAt)) {
                long asked = store.transact(tx -> tx.get(SlotRow.class, target.deviceId + "/" + rollout.model))
                        .map(slot -> slot.desiredSince)
                        .orElseThrow();
                assertThat(said.getOrDefault(target.deviceId + " " + target.digest, -1L))
                        .as("seed %d: %s said that it runs what it was asked for with list %d", seed, target.id, asked)
                        .isGreaterThanOrEqualTo(asked);
            }
            if (target.startedAt > 0) {
                assertThat(target.wave)
                        .as("seed %d: %s started with its wave", seed, target.id)
                        .isLessThanOrEqualTo(rollout.wave);
            }
            if (target.wave < rollout.wave && rollout.state.equals("running")) {
                assertThat(target.state)
                        .as("seed %d: %s of a wave before the present one", seed, target.id)
                        .isNotIn("pending", "running");
            }
        }
        if (rollout.state.equals("rolling-back") || ENDS.contains(rollout.state)) {
            Map<String, Long> started =
                    targets.stream().collect(Collectors.toMap(target -> target.id, target -> target.startedAt));
            assertThat(startedAtHalt.computeIfAbsent(id, _ -> started))
                    .as("seed %d: nothing of %s starts after it was halted", seed, id)
                    .isEqualTo(started);
        }
        if (ENDS.contains(rollout.state)) {
            assertThat(ended.computeIfAbsent(id, _ -> rollout.state))
                    .as("seed %d: the end of %s", seed, id)
                    .isEqualTo(rollout.state);
        }
    }

    private void checkCounts(String id, List<TargetRow> targets) {
        long[] sums = new long[8];
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
        List<String> states = List.of(
                "pending", "running", "succeeded", "failed", "cancelled", "skipped", "withdrawing", "withdrawn");
        for (int state = 0; state < sums.length; state++) {
            String name = states.get(state);
            assertThat(sums[state])
                    .as("seed %d: %s targets of %s", seed, name, id)
                    .isEqualTo(targets.stream()
                            .filter(target -> target.state.equals(name))
                            .count());
        }
    }

    /** The rollout has ended, and so has every target. */
    void atTheEnd(RolloutRow rollout) {
        afterCommit(rollout.id);
        assertThat(rollout.state)
                .as("seed %d: rollout %s has ended", seed, rollout.id)
                .isIn(ENDS);
        assertThat(targets(rollout.id))
                .as("seed %d: targets of %s, which %s", seed, rollout.id, rollout.state)
                .noneMatch(
                        target -> List.of("pending", "running", "withdrawing").contains(target.state));
    }

    private List<TargetRow> targets(String id) {
        return store.transact(tx -> tx.find(Query.of(TargetRow.class).equal("rolloutId", id)));
    }
}
