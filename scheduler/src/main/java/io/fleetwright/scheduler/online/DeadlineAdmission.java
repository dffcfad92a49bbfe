package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.Admission;
import io.fleetwright.scheduler.sim.SystemState;

/**
 * Admits a job if some plan of everything in the system ends it by its deadline and no more of the others late than
 * without it. The plans are those that {@link RollingHorizon} begins with.
 */
public final class DeadlineAdmission implements Admission {
    /** With more tasks left than this, every job is refused. */
    private static final int WINDOW_TASKS = 2000;
    /** Behind every other priority. */
    private static final double LAST = 1e12;

    private final Window window = new Window();

    @Override
    public Answer ask(SystemState state, int slot) {
        if (!window.collect(state, WINDOW_TASKS)) {
            return Answer.TOO_MUCH_WORK;
        }
        int fewestLate = Integer.MAX_VALUE;
        for (int rule = 0; rule < LineRules.COUNT; rule++) {
            LineRules.prioritize(window, state, rule);
            window.plan(state);
            if (!isLate(state, slot)) {
                fewestLate = Math.min(fewestLate, lateOthers(state, slot));
                if (fewestLate == 0) {
                    return Answer.ADMITTED;
                }
            }
        }
        if (fewestLate == Integer.MAX_VALUE) {
            return Answer.OWN_DEADLINE;
        }
        return fewestLate <= lateWithout(state, slot) ? Answer.ADMITTED : Answer.GIVEN_PROMISE;
    }

    /** How many jobs are late by the best plan that takes the new one last, where it changes nothing for them. */
    private int lateWithout(SystemState state, int slot) {
        int fewest = Integer.MAX_VALUE;
        for (int rule = 0; rule < LineRules.COUNT; rule++) {
            LineRules.prioritize(window, state, rule);
            for (int i = 0; i < window.size(); i++) {
                if (window.slot(i) == slot) {
                    window.priority[i] += LAST;
                }
            }
            window.plan(state);
            fewest = Math.min(fewest, lateOthers(state, slot));
        }
        return fewest;
    }

    private int lateOthers(SystemState state, int slot) {
        int late = 0;
        for (int other = state.firstJob(); other != SystemState.NONE; other = state.nextJob(other)) {
            late += other != slot && isLate(state, other) ? 1 : 0;
        }
        return late;
    }

    private boolean isLate(SystemState state, int slot) {
        return window.jobEnd(slot) > state.deadlineOfJob(slot);
    }
}
