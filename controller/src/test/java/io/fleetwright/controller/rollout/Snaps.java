package io.fleetwright.controller.rollout;

import io.fleetwright.controller.rollout.Snapshot.Pending;
import io.fleetwright.controller.rollout.Snapshot.Watched;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds snapshots: a running rollout at its first of two waves, in which nothing holds anything. */
final class Snaps {
    static final long NOW = 1_767_225_600_000L;
    static final Duration LIMIT = Duration.ofSeconds(100);

    RolloutState state = new RolloutState.Running();
    List<Wave> waves = List.of(new Wave.Percent(50), new Wave.Percent(100));
    long startAt;
    List<Window> windows = List.of();
    Set<Integer> approvals = Set.of();
    int startsPerMinute;
    int changingMax;
    int changingPerClassMax;
    String changingLabel = "";
    int changingPerLabelMax;
    long bytesPerNodeDay;
    Policy.Tolerance failures = new Policy.Tolerance.Count(0);
    int successPercent;
    Policy.OnBreach onBreach = Policy.OnBreach.ROLLBACK;
    int wave;
    final Map<TargetState, Long> inWave = new EnumMap<>(TargetState.class);
    long unfit;
    long beganAt = NOW - 1000;
    long settledAt;
    int approvedWave = -1;
    int acceptedWave = -1;
    GateVerdict gate = new GateVerdict.Pass();
    long starts;
    Map<String, Long> changing = Map.of();
    Map<String, Long> changingByLabelValue = Map.of();
    List<Pending> pending = new ArrayList<>();
    List<Watched> watched = new ArrayList<>();
    long now = NOW;
    Duration joining = Duration.ZERO;
    long joinedAt;

    static Pending pending(String id) {
        return new Pending(id, 0, "node-of-" + id, "cpu", "", 1000, true, 0, 0, false);
    }

    static Watched watched(String id, TargetState state, Snapshot.Says says, @Nullable String why) {
        return new Watched(id, 0, state, NOW + 1000, false, says, why);
    }

    Snaps with(TargetState state, long count) {
        inWave.put(state, count);
        return this;
    }

    Policy policy() {
        return new Policy(
                waves,
                startAt,
                windows,
                approvals,
                startsPerMinute,
                changingMax,
                changingPerClassMax,
                changingLabel,
                changingPerLabelMax,
                bytesPerNodeDay,
                failures,
                successPercent,
                LIMIT,
                LIMIT,
                LIMIT,
                Duration.ofDays(1),
                onBreach,
                joining);
    }

    Snapshot build() {
        List<Counts> counts = new ArrayList<>(Collections.nCopies(waves.size(), Counts.NONE));
        counts.set(wave, new Counts(inWave));
        return new Snapshot(
                state,
                policy(),
                wave,
                counts,
                unfit,
                unfit,
                beganAt,
                joinedAt,
                settledAt,
                approvedWave,
                acceptedWave,
                gate,
                starts,
                changing,
                changingByLabelValue,
                pending,
                watched,
                now);
    }

    List<RolloutDecision.Action> decide() {
        return RolloutDecision.decide(build());
    }
}
