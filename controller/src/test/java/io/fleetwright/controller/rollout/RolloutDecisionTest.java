package io.fleetwright.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.rollout.RolloutDecision.Action;
import io.fleetwright.controller.rollout.RolloutState.Cause;
import io.fleetwright.controller.rollout.RolloutState.End;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.rollout.Snapshot.Says;
import io.fleetwright.controller.rollout.Snapshot.Watched;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RolloutDecisionTest {
    private final Snaps snap = new Snaps();

    @Test
    void startsWhatNothingHolds() {
        snap.with(TargetState.PENDING, 2);
        snap.pending = List.of(Snaps.pending("a"), Snaps.pending("b"));
        assertThat(snap.decide()).containsExactly(new Action.Start("a"), new Action.Start("b"));
    }

    @Test
    void startsNoMoreThanTheBudgetsLeave() {
        snap.with(TargetState.PENDING, 3).with(TargetState.RUNNING, 1);
        snap.pending = List.of(Snaps.pending("a"), Snaps.pending("b"), Snaps.pending("c"));
        snap.changingMax = 3;
        assertThat(snap.decide()).containsExactly(new Action.Start("a"), new Action.Start("b"));
        snap.changingMax = 0;
        snap.startsPerMinute = 5;
        snap.starts = 4;
        assertThat(snap.decide()).containsExactly(new Action.Start("a"));
        snap.startsPerMinute = 0;
        snap.changingPerClassMax = 1;
        assertThat(snap.decide()).containsExactly(new Action.Start("a"));
        snap.changingPerClassMax = 0;
        snap.changingLabel = "site";
        snap.changingPerLabelMax = 2;
        snap.changingByLabelValue = Map.of("", 1L, "north", 2L);
        assertThat(snap.decide()).containsExactly(new Action.Start("a"));
    }

    @ParameterizedTest
    @EnumSource(Says.class)
    void onlyWhatTheDeviceSaysMakesSuccess(Says says) {
        snap.with(TargetState.RUNNING, 1);
        snap.watched = List.of(Snaps.watched("a", TargetState.RUNNING, says, "no-memory"));
        List<Action> actions = snap.decide();
        assertThat(actions.contains(new Action.Succeed("a"))).isEqualTo(says == Says.RUNS);
        boolean failed = says == Says.FAILED || says == Says.SUPERSEDED || says == Says.GONE;
        assertThat(actions.stream()
                        .anyMatch(action -> action instanceof Action.Move(var _, TargetState to, var _)
                                && to == TargetState.FAILED))
                .isEqualTo(failed);
    }

    @Test
    void whereDevicesMayJoinItEndsWhenNoneHasForLongEnough() {
        snap.waves = List.of(new Wave.Percent(100));
        snap.with(TargetState.SUCCEEDED, 2);
        snap.joining = Duration.ofMinutes(1);
        snap.beganAt = Snaps.NOW - 3_600_000;
        snap.joinedAt = Snaps.NOW - 59_000;
        assertThat(snap.decide()).isEmpty();
        snap.joinedAt = Snaps.NOW - 60_000;
        assertThat(snap.decide()).containsExactly(new Action.Become(new RolloutState.Ended(End.SUCCEEDED, null)));
    }

    @Test
    void eachStageOfATargetHasItsDeadline() {
        snap.with(TargetState.RUNNING, 1);
        snap.now = Snaps.NOW + 1001;
        snap.watched = List.of(Snaps.watched("a", TargetState.RUNNING, Says.NOTHING, null));
        assertThat(snap.decide()).contains(failed("a", Reason.DISPATCH_DEADLINE));
        snap.watched = List.of(Snaps.watched("a", TargetState.RUNNING, Says.ANSWERED, null));
        assertThat(snap.decide()).containsExactly(new Action.Answered("a"));
        snap.watched = List.of(new Watched("a", 0, TargetState.RUNNING, Snaps.NOW + 1000, true, Says.ANSWERED, null));
        assertThat(snap.decide()).contains(failed("a", Reason.APPLY_DEADLINE));
        snap.now = Snaps.NOW + 1000;
        assertThat(snap.decide()).isEmpty();
    }

    @Test
    void aFailureBeyondTheToleratedOnesTakesEverythingBack() {
        snap.with(TargetState.RUNNING, 1).with(TargetState.PENDING, 1);
        snap.pending = List.of(Snaps.pending("b"));
        snap.watched = List.of(Snaps.watched("a", TargetState.RUNNING, Says.FAILED, "no-memory"));
        Cause cause = new Cause(Reason.FAILURE_THRESHOLD, "1 of wave 0 failed, at most 0");
        assertThat(snap.decide())
                .containsExactly(
                        new Action.Move("a", TargetState.FAILED, "no-memory"),
                        new Action.Become(new RolloutState.RollingBack(End.ROLLED_BACK, Reach.ALL, cause)));
        snap.onBreach = Policy.OnBreach.PAUSE;
        assertThat(snap.decide()).contains(new Action.Become(new RolloutState.Paused(cause)));
        snap.failures = new Policy.Tolerance.Percent(50);
        assertThat(snap.decide()).containsExactly(new Action.Move("a", TargetState.FAILED, "no-memory"), start("b"));
    }

    @Test
    void aWaveBeginsOnlyOnceTheOneBeforeHasSucceededEnough() {
        snap.with(TargetState.SUCCEEDED, 3).with(TargetState.SKIPPED, 2);
        assertThat(snap.decide()).containsExactly(new Action.NextWave(1));
        snap.unfit = 1;
        snap.successPercent = 75;
        assertThat(snap.decide()).containsExactly(new Action.NextWave(1));
        snap.successPercent = 76;
        assertThat(end(snap.decide()).cause().reason()).isEqualTo(Reason.SUCCESS_THRESHOLD);
        snap.successPercent = 0;
        snap.with(TargetState.SUCCEEDED, 0);
        assertThat(end(snap.decide()).cause().reason()).isEqualTo(Reason.SUCCESS_THRESHOLD);
        snap.unfit = 2;
        assertThat(snap.decide()).containsExactly(new Action.NextWave(1));
    }

    @Test
    void approvalIsAskedForBeforeAWaveThatNeedsIt() {
        snap.with(TargetState.SUCCEEDED, 1);
        snap.approvals = Set.of(1);
        assertThat(snap.decide())
                .containsExactly(new Action.NextWave(1), new Action.Become(new RolloutState.NeedsApproval(1)));
        snap.approvedWave = 1;
        assertThat(snap.decide()).containsExactly(new Action.NextWave(1));
    }

    @Test
    void gatesAreAskedAtEveryMomentAndMustDecideInTime() {
        snap.with(TargetState.RUNNING, 1).with(TargetState.SUCCEEDED, 1);
        snap.gate = new GateVerdict.Breach("energy", "+20 %");
        assertThat(end(snap.decide()).cause()).isEqualTo(new Cause(Reason.GATE_BREACH, "energy: +20 %"));

        snap.gate = new GateVerdict.Waiting("energy", "100 of 600 samples");
        assertThat(snap.decide()).isEmpty();
        snap.with(TargetState.RUNNING, 0);
        assertThat(snap.decide()).containsExactly(new Action.Settle());
        snap.settledAt = Snaps.NOW - Snaps.LIMIT.toMillis();
        assertThat(snap.decide()).isEmpty();
        snap.now++;
        assertThat(end(snap.decide()).cause().reason()).isEqualTo(Reason.GATE_UNDECIDED);
        snap.acceptedWave = 0;
        assertThat(snap.decide()).containsExactly(new Action.NextWave(1));
    }

    @Test
    void succeedsAfterTheLastWave() {
        snap.wave = 1;
        snap.with(TargetState.SUCCEEDED, 1);
        assertThat(snap.decide()).containsExactly(new Action.Become(new RolloutState.Ended(End.SUCCEEDED, null)));
    }

    @Test
    void whatItsNodeHoldsIsSkippedInTheEnd() {
        snap.with(TargetState.PENDING, 1);
        snap.pending = List.of(new Snapshot.Pending("a", 0, "n", "cpu", "", 1000, false, 0, 0, false));
        assertThat(snap.decide()).containsExactly(new Action.Block("a", Rule.Kind.OFFLINE));
        long since = Snaps.NOW - Snaps.LIMIT.toMillis();
        snap.pending = List.of(new Snapshot.Pending("a", 0, "n", "cpu", "", 1000, false, 0, since, false));
        assertThat(snap.decide()).isEmpty();
        snap.now++;
        assertThat(snap.decide()).containsExactly(new Action.Move("a", TargetState.SKIPPED, "offline"));
        snap.pending = List.of(new Snapshot.Pending("a", 0, "n", "cpu", "", 1000, true, 0, since, false));
        snap.startsPerMinute = 1;
        snap.starts = 1;
        assertThat(snap.decide()).containsExactly(new Action.Unblock("a"));
    }

    @Test
    void whatWasToldInAnEarlierTurnIsNeverSkippedNorLeftWithTheVersion() {
        long since = Snaps.NOW - Snaps.LIMIT.toMillis() - 1;
        snap.failures = new Policy.Tolerance.Count(1);
        snap.with(TargetState.PENDING, 1);
        snap.pending = List.of(new Snapshot.Pending("a", 0, "n", "cpu", "", 1000, false, 0, since, true));
        assertThat(snap.decide()).containsExactly(new Action.Move("a", TargetState.FAILED, "offline"));
        snap.state = new RolloutState.RollingBack(End.ABORTED, Reach.UNFINISHED, new Cause(Reason.BY_OPERATOR));
        assertThat(snap.decide()).containsExactly(new Action.Withdraw("a"));
    }

    @Test
    void acceptingThatNothingSucceededIsNoSuccess() {
        snap.wave = 1;
        snap.acceptedWave = 1;
        RolloutState inVain = new RolloutState.RollingBack(
                End.FAILED, Reach.UNFINISHED, new Cause(Reason.SUCCESS_THRESHOLD, "no device runs the version"));
        for (TargetState ended : List.of(TargetState.FAILED, TargetState.SKIPPED)) {
            snap.inWave.clear();
            snap.with(ended, 2);
            assertThat(snap.decide()).containsExactly(new Action.Become(inVain));
        }
        snap.with(TargetState.SUCCEEDED, 1);
        assertThat(snap.decide()).containsExactly(new Action.Become(new RolloutState.Ended(End.SUCCEEDED, null)));
        snap.inWave.clear();
        snap.with(TargetState.SKIPPED, 2);
        snap.unfit = 2;
        assertThat(snap.decide()).containsExactly(new Action.Become(new RolloutState.Ended(End.SUCCEEDED, null)));
    }

    @Test
    void aFallbackAfterSuccessIsAFailure() {
        snap.with(TargetState.SUCCEEDED, 1).with(TargetState.PENDING, 1);
        snap.watched = List.of(Snaps.watched("a", TargetState.SUCCEEDED, Says.RUNS_OTHER, null));
        assertThat(snap.decide()).contains(failed("a", Reason.FELL_BACK));
    }

    @Test
    void rollingBackEndsOnceEveryTouchedDeviceIsBackOrOutOfTime() {
        Cause cause = new Cause(Reason.GATE_BREACH);
        snap.state = new RolloutState.RollingBack(End.ROLLED_BACK, Reach.ALL, cause);
        snap.with(TargetState.PENDING, 1)
                .with(TargetState.SUCCEEDED, 1)
                .with(TargetState.FAILED, 1)
                .with(TargetState.WITHDRAWING, 2);
        snap.pending = List.of(Snaps.pending("p"));
        snap.watched = List.of(
                Snaps.watched("s", TargetState.SUCCEEDED, Says.RUNS, null),
                Snaps.watched("f", TargetState.FAILED, Says.FAILED, null),
                Snaps.watched("w", TargetState.WITHDRAWING, Says.IS_BACK, null),
                Snaps.watched("x", TargetState.WITHDRAWING, Says.NOTHING, null));
        assertThat(snap.decide())
                .containsExactly(
                        new Action.Move("p", TargetState.CANCELLED, "rollout-halted"),
                        new Action.Withdraw("s"),
                        new Action.Withdraw("f"),
                        new Action.Move("w", TargetState.WITHDRAWN, "confirmed"));
        snap.inWave.clear();
        snap.with(TargetState.WITHDRAWING, 1).with(TargetState.WITHDRAWN, 3).with(TargetState.CANCELLED, 1);
        snap.pending = List.of();
        snap.watched = List.of(Snaps.watched("x", TargetState.WITHDRAWING, Says.NOTHING, null));
        assertThat(snap.decide()).isEmpty();
        snap.now = Snaps.NOW + 1001;
        assertThat(snap.decide())
                .containsExactly(
                        new Action.Move("x", TargetState.WITHDRAWN, "unconfirmed"),
                        new Action.Become(new RolloutState.Ended(End.ROLLED_BACK, cause)));
    }

    @Test
    void whatHadSucceededStaysWhenOnlyTheUnfinishedGoBack() {
        Cause cause = new Cause(Reason.BY_OPERATOR);
        snap.state = new RolloutState.RollingBack(End.ABORTED, Reach.UNFINISHED, cause);
        snap.with(TargetState.SUCCEEDED, 1);
        snap.watched = List.of(Snaps.watched("s", TargetState.SUCCEEDED, Says.RUNS, null));
        assertThat(snap.decide()).containsExactly(new Action.Become(new RolloutState.Ended(End.ABORTED, cause)));
    }

    @Test
    void aBreachTakesBackWhatRunsWhileNobodyLetsTheRolloutGoOn() {
        snap.with(TargetState.SUCCEEDED, 1).with(TargetState.PENDING, 1);
        snap.gate = new GateVerdict.Breach("temperature", "n1: 90.0 degrees");
        Cause cause = new Cause(Reason.GATE_BREACH, "temperature: n1: 90.0 degrees");
        for (RolloutState held :
                List.of(new RolloutState.NeedsApproval(0), new RolloutState.Paused(new Cause(Reason.BY_OPERATOR)))) {
            snap.state = held;
            snap.onBreach = Policy.OnBreach.ROLLBACK;
            assertThat(snap.decide())
                    .containsExactly(
                            new Action.Become(new RolloutState.RollingBack(End.ROLLED_BACK, Reach.ALL, cause)));
            snap.onBreach = Policy.OnBreach.PAUSE;
            assertThat(snap.decide()).containsExactly(new Action.Become(new RolloutState.Paused(cause)));
        }
        snap.state = new RolloutState.Paused(cause); // An operator has it, who resumes or aborts.
        assertThat(snap.decide()).isEmpty();
        snap.state = new RolloutState.NeedsApproval(0);
        snap.gate = new GateVerdict.Waiting("latency-p95", "40 of 100");
        assertThat(snap.decide()).isEmpty();
    }

    @Test
    void aBreachThatWasAcceptedDoesNotKeepTheNextWaveFromItsApproval() {
        snap.with(TargetState.PENDING, 1);
        snap.approvals = Set.of(1);
        snap.onBreach = Policy.OnBreach.PAUSE;
        snap.gate = new GateVerdict.Breach("temperature", "n1: 90.0 degrees");
        snap.state = new RolloutState.NeedsApproval(1);
        snap.wave = 1;
        snap.acceptedWave = 0;
        assertThat(snap.decide()).isEmpty();
        snap.acceptedWave = -1;
        assertThat(snap.decide()).hasSize(1);
        snap.acceptedWave = 0;
        snap.approvedWave = 1;
        snap.state = new RolloutState.Running(); // What was accepted of one wave is not of the next.
        assertThat(snap.decide().getFirst()).isInstanceOf(Action.Become.class);
    }

    @Test
    void everyOpenStateEndsByTheRolloutsDeadline() {
        snap.now = snap.beganAt + 86_400_001;
        snap.with(TargetState.PENDING, 1);
        for (RolloutState open : List.of(
                new RolloutState.Running(),
                new RolloutState.NeedsApproval(0),
                new RolloutState.Paused(new Cause(Reason.BY_OPERATOR)))) {
            snap.state = open;
            snap.onBreach = Policy.OnBreach.ROLLBACK;
            assertThat(end(snap.decide()).end()).isEqualTo(End.ROLLED_BACK);
            snap.onBreach = Policy.OnBreach.PAUSE;
            assertThat(end(snap.decide()))
                    .isEqualTo(new RolloutState.RollingBack(
                            End.FAILED, Reach.UNFINISHED, new Cause(Reason.ROLLOUT_DEADLINE)));
        }
    }

    @Test
    void aScheduledRolloutWaitsForItsTime() {
        snap.state = new RolloutState.Scheduled();
        snap.startAt = Snaps.NOW + 1;
        assertThat(snap.decide()).isEmpty();
        snap.now++;
        assertThat(snap.decide()).containsExactly(new Action.Become(new RolloutState.Running()));
        snap.approvals = Set.of(0);
        assertThat(snap.decide()).containsExactly(new Action.Become(new RolloutState.NeedsApproval(0)));
    }

    private static Action start(String id) {
        return new Action.Start(id);
    }

    private static Action failed(String id, Reason reason) {
        return new Action.Move(id, TargetState.FAILED, reason.label());
    }

    private static RolloutState.RollingBack end(List<Action> actions) {
        return actions.stream()
                .filter(action -> action instanceof Action.Become(RolloutState.RollingBack _))
                .map(action -> (RolloutState.RollingBack) ((Action.Become) action).state())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no breach in " + actions));
    }
}
