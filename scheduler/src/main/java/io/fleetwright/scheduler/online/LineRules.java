package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.SystemState;

/** Orders in which plans take jobs and, within a job, tasks by rank. */
final class LineRules {
    static final int COUNT = 5;
    private static final double AFTER_ALL_MICROS = 1e6;

    private LineRules() {}

    /** By arrival, by work left, by rank alone, by deadline, by arrival and work left. */
    static void prioritize(Window window, SystemState state, int rule) {
        for (int i = 0; i < window.size(); i++) {
            int slot = window.slot(i);
            double rank = window.rank(i);
            window.priority[i] = switch (rule) {
                case 0 -> state.jobNumber(slot) * 1e6 - rank;
                case 1 -> window.workLeft(slot) * 1e3 - rank;
                case 2 -> -rank;
                case 3 -> slack(window, state, slot) - rank;
                default -> state.arrivalOfJob(slot) + window.workLeft(slot) - rank;
            };
        }
    }

    /** By deadline, after all jobs that can still keep theirs when it no longer can. */
    private static double slack(Window window, SystemState state, int slot) {
        double deadline = state.deadlineOfJob(slot);
        if (deadline == Double.POSITIVE_INFINITY) {
            return state.arrivalOfJob(slot);
        }
        return state.now() + 0.5 * window.workLeft(slot) > deadline ? deadline + AFTER_ALL_MICROS : deadline;
    }
}
