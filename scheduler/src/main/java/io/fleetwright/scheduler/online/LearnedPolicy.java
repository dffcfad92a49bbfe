package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import org.jspecify.annotations.Nullable;

/**
 * Again and again the pair of task and device of the least score, {@code finish + taskMicros * correction}; the task's place in
 * the device's line is that of its job, moved by {@code liveJobs * shift}. Correction and shift are a {@link PairNetwork}'s. One
 * whose outputs are all 0 decides as {@link EarliestFinishFirst} does, ties included.
 */
public final class LearnedPolicy implements OnlinePolicy {
    /** With more ready tasks than this at once, ETF decides: work grows with their square. */
    static final int READY_MAX = 512;
    /** With more pairs than this at once, ETF decides. */
    static final int PAIRS_MAX = 1 << 20;

    private static final int GONE = -2;

    private final PairNetwork network;
    private final OnlinePolicy overload = new EarliestFinishFirst(EarliestFinishFirst.Tie.FIRST);
    private final double[] ofTask = new double[PairFeatures.TASK];
    private final double[] ofPair = new double[PairFeatures.PAIR];
    private @Nullable PairFeatures features;
    private int devices;
    /** By position among the ready tasks. */
    private int[] tasks = {};

    private int[] best = {};
    private double[] prepared = {};
    /** By position and device: infinite where the task cannot run. */
    private double[] score = {};

    public LearnedPolicy(PairNetwork network) {
        this.network = network;
    }

    @Override
    public void decide(SystemState state) {
        int count = state.readyCount();
        devices = state.workload().deviceCount();
        if (count > READY_MAX || (long) count * devices > PAIRS_MAX) {
            overload.decide(state);
            return;
        }
        PairFeatures seen = features == null ? new PairFeatures(state.workload()) : features;
        features = seen;
        makeRoom(count);
        seen.observe(state);
        for (int i = 0; i < count; i++) {
            tasks[i] = state.readyTask(i);
            seen.ofTask(state, tasks[i], ofTask);
            network.prepare(ofTask, prepared, i * PairNetwork.PREPARED);
            for (int device = 0; device < devices; device++) {
                score[i * devices + device] = score(state, seen, i, device);
            }
            best[i] = least(i);
        }
        for (int next = first(count); next != SystemState.NONE; next = first(count)) {
            int device = best[next];
            place(state, seen, next, device);
            best[next] = GONE;
            for (int i = 0; i < count; i++) {
                if (best[i] != GONE) {
                    score[i * devices + device] = score(state, seen, i, device);
                    best[i] = least(i);
                }
            }
        }
    }

    private void makeRoom(int count) {
        if (tasks.length < count) {
            tasks = new int[2 * count];
            best = new int[2 * count];
            prepared = new double[2 * count * PairNetwork.PREPARED];
            score = new double[2 * count * devices];
        }
    }

    private double score(SystemState state, PairFeatures seen, int i, int device) {
        double finish = look(state, seen, i, device);
        return finish == Double.POSITIVE_INFINITY
                ? finish
                : finish + seen.taskMicros() * output(i, PairNetwork.CORRECTION);
    }

    /** When the task would end on the device, infinite where it cannot run; where it can, its features are looked at. */
    private double look(SystemState state, PairFeatures seen, int i, int device) {
        int task = tasks[i];
        if (!state.isOnline(device)) {
            return Double.POSITIVE_INFINITY;
        }
        double execution = state.execution(task, device);
        if (execution == Workload.CANNOT_RUN) {
            return Double.POSITIVE_INFINITY;
        }
        double free = state.estimatedFree(device);
        double inputs = state.inputArrival(task, device);
        if (inputs == Double.POSITIVE_INFINITY) {
            return inputs;
        }
        seen.ofPair(state, task, device, execution, inputs, free, ofPair);
        return Math.max(state.now(), Math.max(free, inputs)) + execution;
    }

    private double output(int i, int output) {
        return network.output(prepared, i * PairNetwork.PREPARED, ofPair, output);
    }

    /** Device of the least score, the first of equals; none where the task cannot run now. */
    private int least(int i) {
        int least = SystemState.NONE;
        double lowest = Double.POSITIVE_INFINITY;
        for (int device = 0; device < devices; device++) {
            if (score[i * devices + device] < lowest) {
                lowest = score[i * devices + device];
                least = device;
            }
        }
        return least;
    }

    /** Position of the task of the least score, the first of equals. */
    private int first(int count) {
        int first = SystemState.NONE;
        double lowest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            if (best[i] >= 0 && score[i * devices + best[i]] < lowest) {
                lowest = score[i * devices + best[i]];
                first = i;
            }
        }
        return first;
    }

    private void place(SystemState state, PairFeatures seen, int i, int device) {
        double finish = look(state, seen, i, device);
        double shift = state.liveJobs() * output(i, PairNetwork.SHIFT);
        state.place(tasks[i], device, finish, state.jobNumber(state.slotOf(tasks[i])) + shift);
    }
}
