package io.fleetwright.scheduler.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects what happens in a simulation. */
final class Outcome {
    private final boolean record;
    private final List<ScheduleEntry> entries = new ArrayList<>();
    private double[] latency = new double[64];
    private int completed;
    private int missed;
    private int abandoned;
    private long taskRuns;
    private int[] decisionNanos = new int[64];
    private int decisions;

    Outcome(boolean record) {
        this.record = record;
    }

    void complete(double arrival, double now, double deadline) {
        if (completed == latency.length) {
            latency = Arrays.copyOf(latency, 2 * completed);
        }
        latency[completed++] = now - arrival;
        if (now > deadline) {
            missed++;
        }
    }

    void abandon() {
        abandoned++;
        missed++;
    }

    void decided(long nanos) {
        if (decisions == decisionNanos.length) {
            decisionNanos = Arrays.copyOf(decisionNanos, 2 * decisions);
        }
        decisionNanos[decisions++] = (int) Math.min(Integer.MAX_VALUE, nanos);
    }

    /** The run of {@code task} ends now; {@code whole} says whether it was done. */
    void ran(SystemState state, int task, boolean whole) {
        taskRuns++;
        if (record) {
            int slot = state.slotOf(task);
            entries.add(new ScheduleEntry(
                    state.slotJob[slot],
                    state.slotApp[slot],
                    state.node(task),
                    state.taskDevice[task],
                    state.start[task],
                    state.now,
                    state.runSlowdown[task],
                    whole));
        }
    }

    SimulationResult result(double end, double joules, int unfinished) {
        int[] nanos = Arrays.copyOf(decisionNanos, decisions);
        Arrays.sort(nanos);
        double[] sorted = Arrays.copyOf(latency, completed);
        Arrays.sort(sorted);
        return new SimulationResult(
                completed,
                abandoned,
                unfinished,
                missed,
                sorted,
                joules,
                end,
                taskRuns,
                nanos.length == 0 ? 0 : nanos[(int) (0.99 * (nanos.length - 1))] / 1000.0,
                entries);
    }
}
