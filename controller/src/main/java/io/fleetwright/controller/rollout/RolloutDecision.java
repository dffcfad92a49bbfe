package io.fleetwright.controller.rollout;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What to do next in one rollout. Pure: the same snapshot and time give the same actions. */
public final class RolloutDecision {
    /** A target as it stands, with what its device says of the slot. */
    public record Target(
            String id,
            int wave,
            TargetState state,
            String digest,
            long startedAt,
            @Nullable String reportedDigest,
            String reportedState,
            @Nullable String reportedReason,
            boolean answered) {}

    /** States of one target. */
    public enum TargetState {
        PENDING,
        RUNNING,
        SUCCEEDED,
        FAILED,
        SKIPPED;

        boolean isOver() {
            return this == SUCCEEDED || this == FAILED || this == SKIPPED;
        }
    }

    /** One step to take. */
    public sealed interface Action {
        /** Tell the device to run the digest. */
        record Start(String target) implements Action {}

        /** The device runs it and said so. */
        record Succeed(String target) implements Action {}

        record Fail(String target, String reason) implements Action {}

        /** The rollout stopped before this target's turn. */
        record Skip(String target, String reason) implements Action {}

        record NextWave(int wave) implements Action {}

        record Finish(boolean succeeded, @Nullable String reason) implements Action {}
    }

    private RolloutDecision() {}

    /**
     * Decides the next actions.
     *
     * <p>A wave starts when every target of the waves before it has succeeded; a failed target ends the rollout, and
     * targets whose turn had not come are skipped. A target succeeds only when its own device reports the digest active.
     *
     * @param wave index of the wave in progress
     * @param lastWave index of the last wave
     * @param limitMillis how long one target may stay running
     */
    public static List<Action> decide(int wave, int lastWave, List<Target> targets, long limitMillis, long nowMillis) {
        List<Action> actions = new ArrayList<>();
        boolean anyFailed = false;
        boolean anyOpen = false;
        for (Target target : targets) {
            TargetState after = target.state();
            if (target.state() == TargetState.RUNNING) {
                after = settle(target, limitMillis, nowMillis, actions);
            } else if (target.state() == TargetState.PENDING && target.wave() <= wave) {
                actions.add(new Action.Start(target.id()));
                after = TargetState.RUNNING;
            }
            anyFailed |= after == TargetState.FAILED;
            anyOpen |= target.wave() <= wave && !after.isOver();
        }
        if (anyFailed) {
            // Nothing new starts once a target failed: starts of this very step are withdrawn.
            actions.removeIf(action -> action instanceof Action.Start);
            for (Target target : targets) {
                if (target.state() == TargetState.PENDING) {
                    actions.add(new Action.Skip(target.id(), "rollout-halted"));
                }
            }
            boolean stillRunning = targets.stream()
                    .anyMatch(target -> target.state() == TargetState.RUNNING && !isSettled(target, actions));
            if (!stillRunning) {
                actions.add(new Action.Finish(false, "target-failed"));
            }
        } else if (!anyOpen) {
            actions.add(wave < lastWave ? new Action.NextWave(wave + 1) : new Action.Finish(true, null));
        }
        return actions;
    }

    private static TargetState settle(Target target, long limitMillis, long nowMillis, List<Action> actions) {
        if (target.answered()
                && Objects.equals(target.reportedDigest(), target.digest())
                && target.reportedState().equals("active")) {
            actions.add(new Action.Succeed(target.id()));
            return TargetState.SUCCEEDED;
        }
        if (target.answered() && target.reportedState().equals("failed")) {
            actions.add(new Action.Fail(
                    target.id(), target.reportedReason() == null ? "unknown" : target.reportedReason()));
            return TargetState.FAILED;
        }
        if (nowMillis - target.startedAt() > limitMillis) {
            actions.add(new Action.Fail(target.id(), "deadline"));
            return TargetState.FAILED;
        }
        return TargetState.RUNNING;
    }

    private static boolean isSettled(Target target, List<Action> actions) {
        return actions.contains(new Action.Succeed(target.id()))
                || actions.stream()
                        .anyMatch(action -> action instanceof Action.Fail fail
                                && fail.target().equals(target.id()));
    }
}
