package io.fleetwright.controller.rollout;

import io.fleetwright.controller.rollout.RolloutDecision.Action;
import io.fleetwright.controller.rollout.Snapshot.Pending;
import io.fleetwright.controller.rollout.Snapshot.Says;
import io.fleetwright.controller.rollout.Snapshot.Watched;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A rollout by the controller's own waves and decisions, whose rows are arrays: ten thousand devices cost milliseconds. A device
 * that was told does it, and says so by the next look.
 */
public final class PureRollout {
    /** Targets in one look, as the controller's pages are bounded. */
    private static final int PAGE = 2000;

    private final Policy policy;
    private final List<String> names;
    private final int[] classes;
    private final int[] waveOf;
    private final TargetState[] states;
    private final List<WaveRow> waves;
    private RolloutState state;
    private int wave;
    private long settledAt;
    private int started;

    /** Targets of those classes, indices into {@code names}, made at time 0. */
    public PureRollout(Policy policy, int[] classes, List<String> names) {
        this.policy = policy;
        this.names = List.copyOf(names);
        this.classes = classes.clone();
        this.waveOf = Waves.assign(classes, names, policy.waves());
        this.states = new TargetState[classes.length];
        this.waves = policy.waves().stream().map(_ -> new WaveRow()).toList();
        this.state = RolloutDecision.first(policy, 0);
        Arrays.fill(states, TargetState.PENDING);
        for (int of : waveOf) {
            waves.get(of).add(TargetState.PENDING, 1);
        }
    }

    public boolean isRunning() {
        return state instanceof RolloutState.Running;
    }

    public boolean hasEnded() {
        return state instanceof RolloutState.Ended;
    }

    /** How it ended, such as {@code rolled-back gate-breach}. */
    public String end() {
        RolloutState.Cause cause = state.cause();
        return cause == null
                ? state.label()
                : state.label() + " " + cause.reason().label();
    }

    public int wave() {
        return wave;
    }

    /** Devices that were ever told. */
    public int started() {
        return started;
    }

    /** The device runs the new version and said so. */
    public boolean runs(int target) {
        return states[target] == TargetState.SUCCEEDED;
    }

    /** What one look of the controller does. */
    public void look(GateVerdict verdict, long now) {
        List<Pending> pending = new ArrayList<>();
        for (int target : first(TargetState.PENDING, isRunning())) {
            pending.add(new Pending(
                    id(target), waveOf[target], id(target), names.get(classes[target]), "", 1000, true, 0, 0, false));
        }
        List<Watched> watched = new ArrayList<>();
        watch(watched, TargetState.RUNNING, Says.RUNS, now);
        if (!isRunning()) {
            watch(watched, TargetState.WITHDRAWING, Says.IS_BACK, now);
            watch(watched, TargetState.SUCCEEDED, Says.RUNS, now);
        }
        RolloutDecision.decide(new Snapshot(
                        state,
                        policy,
                        wave,
                        waves.stream().map(WaveRow::counts).toList(),
                        0,
                        0,
                        0,
                        0,
                        settledAt,
                        -1,
                        -1,
                        isRunning() ? verdict : new GateVerdict.Pass(),
                        0,
                        Map.of(),
                        Map.of(),
                        pending,
                        watched,
                        now))
                .forEach(action -> apply(action, now));
    }

    /** The first targets in a state, at most a page of them: of the present wave, or of all. */
    private int[] first(TargetState wanted, boolean ofThisWave) {
        long known = 0;
        for (int of = 0; of < waves.size(); of++) {
            known += ofThisWave && of != wave ? 0 : waves.get(of).counts().get(wanted);
        }
        int[] found = new int[(int) Math.min(known, PAGE)];
        int count = 0;
        for (int target = 0; count < found.length; target++) {
            if (states[target] == wanted && (!ofThisWave || waveOf[target] == wave)) {
                found[count++] = target;
            }
        }
        return found;
    }

    private void watch(List<Watched> watched, TargetState wanted, Says says, long now) {
        for (int target : first(wanted, false)) {
            watched.add(new Watched(id(target), waveOf[target], wanted, now, true, says, null));
        }
    }

    private static String id(int target) {
        return Integer.toString(target);
    }

    private void apply(Action action, long now) {
        switch (action) {
            case Action.Start(String id) -> {
                started++;
                move(id, TargetState.RUNNING);
            }
            case Action.Succeed(String id) -> move(id, TargetState.SUCCEEDED);
            case Action.Withdraw(String id) -> move(id, TargetState.WITHDRAWING);
            case Action.Move(String id, TargetState to, var _) -> move(id, to);
            case Action.NextWave(int next) -> {
                wave = next;
                settledAt = 0;
            }
            case Action.Settle() -> settledAt = now;
            case Action.Become(RolloutState next) -> state = next;
            case Action.Block(var _, var _), Action.Unblock(var _), Action.Answered(var _) ->
                throw new IllegalStateException("%s of a device that does all at once".formatted(action));
        }
    }

    private void move(String id, TargetState to) {
        int target = Integer.parseInt(id);
        waves.get(waveOf[target]).add(states[target], -1);
        waves.get(waveOf[target]).add(to, 1);
        states[target] = to;
    }
}
