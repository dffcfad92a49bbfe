package io.fleetwright.controller.rollout;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a decision looks at: one rollout, the counts of its targets, and a bounded page of the targets themselves.
 *
 * @param wave index of the wave in progress
 * @param waves targets of each wave
 * @param unfit targets of the wave in progress without a variant
 * @param unfitOfAll likewise of all waves
 * @param beganAt when it was made, or its start time when that is later
 * @param joinedAt when the last target joined; 0 when none has since it was made
 * @param settledAt when the wave's targets had ended; 0 while some have not
 * @param approvedWave highest wave that may begin by approval; -1 for none
 * @param acceptedWave wave whose breach an operator has accepted; -1 for none
 * @param startsLastMinute targets that were started within the last minute
 * @param changingByClass running and withdrawing targets of each device class; empty when no rule asks
 * @param changingByLabelValue likewise of each value of the label that the policy has a budget for
 * @param pending page of targets that may start or be cancelled next
 * @param watched page of targets to look after
 */
public record Snapshot(
        RolloutState state,
        Policy policy,
        int wave,
        List<Counts> waves,
        long unfit,
        long unfitOfAll,
        long beganAt,
        long joinedAt,
        long settledAt,
        int approvedWave,
        int acceptedWave,
        GateVerdict gate,
        long startsLastMinute,
        Map<String, Long> changingByClass,
        Map<String, Long> changingByLabelValue,
        List<Pending> pending,
        List<Watched> watched,
        long now) {
    public Snapshot {
        waves = List.copyOf(waves);
        changingByClass = Map.copyOf(changingByClass);
        changingByLabelValue = Map.copyOf(changingByLabelValue);
        pending = List.copyOf(pending);
        watched = List.copyOf(watched);
    }

    /**
     * A target whose turn may have come.
     *
     * @param labelValue of the label that the policy has a budget for; empty for none
     * @param bytes that its node would have to fetch
     * @param reachable its node is there
     * @param nodeBytesToday what rollouts gave that node to fetch within 24 hours
     * @param blockedSince since when its own node holds it; 0 while it does not
     * @param isNamed its node was told of it in an earlier turn, so that its list names the version
     */
    public record Pending(
            String id,
            int wave,
            String node,
            String deviceClass,
            String labelValue,
            long bytes,
            boolean reachable,
            long nodeBytesToday,
            long blockedSince,
            boolean isNamed) {}

    /**
     * A target that was told something.
     *
     * @param answered as the row has it
     * @param says what its device says by now
     * @param why the device's reason for a failure, or the node's for refusing its list
     */
    public record Watched(
            String id,
            int wave,
            TargetState state,
            long deadlineAt,
            boolean answered,
            Says says,
            @Nullable String why) {}

    /** What a device says of a target's slot. */
    public enum Says {
        /** Nothing since it was told. */
        NOTHING,
        /** That its node does not take the list, for a reason that may pass. */
        REFUSED,
        /** That it has heard. */
        ANSWERED,
        /** That it runs the target's version. */
        RUNS,
        /** That it could not. */
        FAILED,
        /** That something else runs. */
        RUNS_OTHER,
        /** That it runs what it ran before. */
        IS_BACK,
        /** The slot is no more this rollout's. */
        SUPERSEDED,
        /** The device is no more. */
        GONE
    }

    /** Of all targets. */
    Counts counts() {
        return waves.stream().reduce(Counts.NONE, Counts::plus);
    }

    /** Of the wave in progress. */
    Counts inWave() {
        return waves.get(wave);
    }

    int lastWave() {
        return policy.waves().size() - 1;
    }

    /** Another device may still join, so that it does not end yet. */
    boolean isJoinable() {
        return !policy.joining().isZero()
                && now < Math.max(beganAt, joinedAt) + policy.joining().toMillis();
    }

    boolean isOverdue() {
        return now > beganAt + policy.whole().toMillis();
    }
}
