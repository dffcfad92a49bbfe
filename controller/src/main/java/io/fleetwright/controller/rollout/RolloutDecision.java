package io.fleetwright.controller.rollout;

import io.fleetwright.controller.rollout.RolloutState.Cause;
import io.fleetwright.controller.rollout.RolloutState.End;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.rollout.Snapshot.Pending;
import io.fleetwright.controller.rollout.Snapshot.Says;
import io.fleetwright.controller.rollout.Snapshot.Watched;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What to do next in one rollout. Pure: the same snapshot gives the same actions. */
public final class RolloutDecision {
    /** One step to take. */
    public sealed interface Action {
        /** Tell the device to run the target's version. */
        record Start(String target) implements Action {}

        /** Its own node holds it, from now on. */
        record Block(String target, Rule.Kind by) implements Action {}

        /** Its own node no more holds it. */
        record Unblock(String target) implements Action {}

        /** The device has heard; now it has its time to apply. */
        record Answered(String target) implements Action {}

        /** The target is over, or goes on to be. */
        record Move(String target, TargetState to, String reason) implements Action {}

        /** The device runs it and said so. */
        record Succeed(String target) implements Action {}

        /** Tell the device to run what it ran before. */
        record Withdraw(String target) implements Action {}

        record NextWave(int wave) implements Action {}

        /** All targets of the wave have ended; the gates have their time from now. */
        record Settle() implements Action {}

        record Become(RolloutState state) implements Action {}
    }

    private final Snapshot snapshot;
    private final Policy policy;
    private final List<Action> actions = new ArrayList<>();
    private final List<Counts> waves;

    private RolloutDecision(Snapshot snapshot) {
        this.snapshot = snapshot;
        this.policy = snapshot.policy();
        this.waves = new ArrayList<>(snapshot.waves());
    }

    /**
     * Decides the next actions.
     *
     * <p>A wave begins when the one before it has ended within its thresholds, its gates pass, and it is approved where the
     * policy asks for that. The last one ends the rollout, where devices may join when none has for long enough. A target succeeds only when its own device says that it runs the version. Whatever happens,
     * every state but an end has a deadline.
     */
    public static List<Action> decide(Snapshot snapshot) {
        RolloutDecision decision = new RolloutDecision(snapshot);
        decision.decide();
        return List.copyOf(decision.actions);
    }

    /** Where a new rollout begins. */
    static RolloutState first(Policy policy, long nowMillis) {
        if (policy.startAtMillis() > nowMillis) {
            return new RolloutState.Scheduled();
        }
        return policy.approvals().contains(0) ? new RolloutState.NeedsApproval(0) : new RolloutState.Running();
    }

    private void decide() {
        switch (snapshot.state()) {
            case RolloutState.Scheduled() -> {
                RolloutState next = first(policy, snapshot.now());
                if (!(next instanceof RolloutState.Scheduled)) {
                    become(next);
                }
            }
            case RolloutState.NeedsApproval(var _) -> watch();
            case RolloutState.Paused(Cause cause) -> {
                if (cause.reason() == Reason.BY_OPERATOR) {
                    watch();
                } else {
                    snapshot.watched().forEach(this::look);
                    if (snapshot.isOverdue()) {
                        breach(new Cause(Reason.ROLLOUT_DEADLINE));
                    }
                }
            }
            case RolloutState.Running() -> run();
            case RolloutState.RollingBack(End end, Reach reach, Cause cause) -> rollBack(end, reach, cause);
            case RolloutState.Ended(var _, var _) -> {}
        }
    }

    /** Nothing starts; what has started may still turn out to be worse, and nobody may be there to see it. */
    private void watch() {
        snapshot.watched().forEach(this::look);
        broken().ifPresent(this::breach);
    }

    private void run() {
        snapshot.watched().forEach(this::look);
        Optional<Cause> broken = broken();
        if (broken.isPresent()) {
            breach(broken.get());
        } else if (isSettled()) {
            settle();
        } else {
            start();
        }
    }

    /** What forbids to go on at once, however far the wave is. */
    private Optional<Cause> broken() {
        if (snapshot.isOverdue()) {
            return Optional.of(new Cause(Reason.ROLLOUT_DEADLINE));
        }
        for (int wave = snapshot.acceptedWave() + 1; wave <= snapshot.wave(); wave++) {
            long failed = waves.get(wave).get(TargetState.FAILED);
            long tolerated = policy.failures().of(waves.get(wave).total());
            if (failed > tolerated) {
                return Optional.of(new Cause(
                        Reason.FAILURE_THRESHOLD,
                        "%d of wave %d failed, at most %d".formatted(failed, wave, tolerated)));
            }
        }
        return !isAccepted() && snapshot.gate() instanceof GateVerdict.Breach(String rule, String detail)
                ? Optional.of(new Cause(Reason.GATE_BREACH, rule + ": " + detail))
                : Optional.empty();
    }

    private void settle() {
        if (!isAccepted()) {
            if (!succeededEnough()) {
                breach(new Cause(
                        Reason.SUCCESS_THRESHOLD,
                        "%d of wave %d succeeded".formatted(inWave().get(TargetState.SUCCEEDED), snapshot.wave())));
                return;
            }
            if (snapshot.gate() instanceof GateVerdict.Waiting(String rule, String detail)) {
                if (snapshot.settledAt() == 0) {
                    actions.add(new Action.Settle());
                } else if (snapshot.now() - snapshot.settledAt() > policy.gate().toMillis()) {
                    breach(new Cause(Reason.GATE_UNDECIDED, rule + ": " + detail));
                }
                return;
            }
        }
        int next = snapshot.wave() + 1;
        if (next > snapshot.lastWave()) {
            if (snapshot.isJoinable()) {
                return;
            }
            become(
                    isInVain()
                            ? new RolloutState.RollingBack(
                                    End.FAILED,
                                    Reach.UNFINISHED,
                                    new Cause(Reason.SUCCESS_THRESHOLD, "no device runs the version"))
                            : new RolloutState.Ended(End.SUCCEEDED, null));
            return;
        }
        actions.add(new Action.NextWave(next));
        if (policy.asksApproval(next, snapshot.approvedWave())) {
            become(new RolloutState.NeedsApproval(next));
        }
    }

    /** Whoever accepted that a wave failed has not made it succeed: some device must run the version where any could. */
    private boolean isInVain() {
        return count(TargetState.SUCCEEDED) == 0 && snapshot.counts().total() > snapshot.unfitOfAll();
    }

    private boolean succeededEnough() {
        long fit = inWave().total() - snapshot.unfit();
        return fit == 0
                || count(TargetState.SUCCEEDED) > 0
                        && inWave().get(TargetState.SUCCEEDED) * 100 >= fit * policy.successPercent();
    }

    /** Of a wave that waits for approval nothing has run: what is judged is the one before. */
    private boolean isAccepted() {
        boolean waits = snapshot.state() instanceof RolloutState.NeedsApproval;
        return snapshot.acceptedWave() >= (waits ? Math.max(0, snapshot.wave() - 1) : snapshot.wave());
    }

    private boolean isSettled() {
        return inWave().get(TargetState.PENDING) == 0 && inWave().get(TargetState.RUNNING) == 0;
    }

    private void start() {
        Holds holds = new Holds(snapshot);
        for (Pending target : snapshot.pending()) {
            Optional<Rule> own = holds.ofNode(target);
            boolean held = holds.of(target).isPresent();
            if (!held) {
                actions.add(new Action.Start(target.id()));
                holds.started(target);
            } else if (own.isPresent() && policy.isWindowOpen(snapshot.now())) {
                hold(target, own.get());
            } else if (target.blockedSince() > 0) {
                actions.add(new Action.Unblock(target.id()));
            }
        }
    }

    private void hold(Pending target, Rule rule) {
        if (target.blockedSince() == 0) {
            actions.add(new Action.Block(target.id(), rule.kind()));
        } else if (snapshot.now() - target.blockedSince() > policy.dispatch().toMillis()) {
            // One whose list names the version may yet install it: it stays among what a breach takes back.
            move(
                    target.id(),
                    target.wave(),
                    TargetState.PENDING,
                    target.isNamed() ? TargetState.FAILED : TargetState.SKIPPED,
                    rule.kind().label());
        }
    }

    private void look(Watched target) {
        boolean late = snapshot.now() > target.deadlineAt();
        if (target.state() == TargetState.SUCCEEDED) {
            if (target.says() == Says.RUNS_OTHER || target.says() == Says.FAILED) {
                move(target, TargetState.FAILED, Reason.FELL_BACK);
            }
        } else if (target.state() == TargetState.RUNNING) {
            switch (target.says()) {
                case RUNS -> {
                    counted(target.wave(), TargetState.RUNNING, TargetState.SUCCEEDED);
                    actions.add(new Action.Succeed(target.id()));
                }
                case FAILED -> fail(target);
                case REFUSED -> {
                    if (late) {
                        fail(target);
                    }
                }
                case SUPERSEDED -> move(target, TargetState.FAILED, Reason.SUPERSEDED);
                case GONE -> move(target, TargetState.FAILED, Reason.DEVICE_GONE);
                case ANSWERED, RUNS_OTHER, IS_BACK -> {
                    if (!target.answered()) {
                        actions.add(new Action.Answered(target.id()));
                    } else if (late) {
                        move(target, TargetState.FAILED, Reason.APPLY_DEADLINE);
                    }
                }
                case NOTHING -> {
                    if (late) {
                        move(
                                target,
                                TargetState.FAILED,
                                target.answered() ? Reason.APPLY_DEADLINE : Reason.DISPATCH_DEADLINE);
                    }
                }
            }
        }
    }

    private void fail(Watched target) {
        String why = target.why();
        move(target.id(), target.wave(), TargetState.RUNNING, TargetState.FAILED, why == null ? "unknown" : why);
    }

    private void rollBack(End end, Reach reach, Cause cause) {
        for (Pending target : snapshot.pending()) {
            if (target.isNamed()) {
                counted(target.wave(), TargetState.PENDING, TargetState.WITHDRAWING);
                actions.add(new Action.Withdraw(target.id()));
            } else {
                move(
                        target.id(),
                        target.wave(),
                        TargetState.PENDING,
                        TargetState.CANCELLED,
                        Reason.ROLLOUT_HALTED.label());
            }
        }
        for (Watched target : snapshot.watched()) {
            switch (target.state()) {
                case WITHDRAWING -> back(target);
                case SUCCEEDED -> {
                    if (reach == Reach.ALL) {
                        withdraw(target);
                    }
                }
                case RUNNING, FAILED -> withdraw(target);
                case PENDING, CANCELLED, SKIPPED, WITHDRAWN -> {}
            }
        }
        boolean open = count(TargetState.PENDING) > 0
                || count(TargetState.RUNNING) > 0
                || count(TargetState.FAILED) > 0
                || count(TargetState.WITHDRAWING) > 0
                || reach == Reach.ALL && count(TargetState.SUCCEEDED) > 0;
        if (!open) {
            become(new RolloutState.Ended(end, cause));
        }
    }

    private void withdraw(Watched target) {
        counted(target.wave(), target.state(), TargetState.WITHDRAWING);
        actions.add(new Action.Withdraw(target.id()));
    }

    private void back(Watched target) {
        switch (target.says()) {
            case IS_BACK -> move(target, TargetState.WITHDRAWN, Reason.CONFIRMED);
            case SUPERSEDED -> move(target, TargetState.WITHDRAWN, Reason.SUPERSEDED);
            case GONE -> move(target, TargetState.WITHDRAWN, Reason.DEVICE_GONE);
            case NOTHING, REFUSED, ANSWERED, RUNS, FAILED, RUNS_OTHER -> {
                if (snapshot.now() > target.deadlineAt()) {
                    move(target, TargetState.WITHDRAWN, Reason.UNCONFIRMED);
                }
            }
        }
    }

    private void breach(Cause cause) {
        boolean overdue = cause.reason() == Reason.ROLLOUT_DEADLINE;
        become(
                switch (policy.onBreach()) {
                    case ROLLBACK -> new RolloutState.RollingBack(End.ROLLED_BACK, Reach.ALL, cause);
                    case PAUSE ->
                        overdue
                                ? new RolloutState.RollingBack(End.FAILED, Reach.UNFINISHED, cause)
                                : new RolloutState.Paused(cause);
                });
    }

    private Counts inWave() {
        return waves.get(snapshot.wave());
    }

    private long count(TargetState state) {
        return waves.stream().mapToLong(wave -> wave.get(state)).sum();
    }

    private void become(RolloutState next) {
        actions.add(new Action.Become(next));
    }

    private void move(Watched target, TargetState to, Reason reason) {
        move(target.id(), target.wave(), target.state(), to, reason.label());
    }

    private void move(String target, int wave, TargetState from, TargetState to, String reason) {
        counted(wave, from, to);
        actions.add(new Action.Move(target, to, reason));
    }

    private void counted(int wave, TargetState from, TargetState to) {
        waves.set(wave, waves.get(wave).moved(from, to));
    }
}
