package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import java.util.Arrays;

/**
 * DS3's ETF: again and again the pair of task and device that ends first. (Hwang's ETF of 1989 takes the earliest
 * start instead.)
 */
public final class EarliestFinishFirst implements OnlinePolicy {
    /** Which of several devices with the same finish. */
    public enum Tie {
        /** The first. */
        FIRST,
        /** The one that was the best so far the fewest times: DS3's ETF_LB. */
        LEAST_GIVEN
    }

    private final Tie tie;
    private int[] tasks = {};
    private double[] finish = {};
    private int[] device = {};
    private long[] given = {};

    public EarliestFinishFirst(Tie tie) {
        this.tie = tie;
    }

    @Override
    public void decide(SystemState state) {
        int count = state.readyCount();
        if (tasks.length < count) {
            tasks = new int[2 * count];
            finish = new double[2 * count];
            device = new int[2 * count];
        }
        given = Arrays.copyOf(given, state.workload().deviceCount());
        for (int i = 0; i < count; i++) {
            tasks[i] = state.readyTask(i);
            estimate(state, i);
        }
        for (int left = count; left > 0; left--) {
            int best = first(state, left);
            if (best < 0) {
                return;
            }
            int chosen = device[best];
            state.place(tasks[best], chosen, finish[best]);
            remove(best, left);
            reestimate(state, chosen, left - 1);
        }
    }

    private void estimate(SystemState state, int i) {
        device[i] = FinishEstimate.bestDevice(state, tasks[i]);
        finish[i] = device[i] == SystemState.NONE
                ? Double.POSITIVE_INFINITY
                : FinishEstimate.finish(state, tasks[i], device[i]);
    }

    /** Only tasks that wanted the device that has just been taken may want another now. */
    private void reestimate(SystemState state, int taken, int left) {
        for (int i = 0; i < left; i++) {
            if (device[i] == taken || tie == Tie.LEAST_GIVEN) {
                estimate(state, i);
            }
        }
    }

    private int first(SystemState state, int left) {
        int best = -1;
        double earliest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < left; i++) {
            if (finish[i] < earliest) {
                earliest = finish[i];
                best = i;
                if (tie == Tie.LEAST_GIVEN) {
                    device[i] = leastGiven(state, i);
                    given[device[i]]++;
                }
            }
        }
        return best;
    }

    private int leastGiven(SystemState state, int i) {
        int least = device[i];
        for (int other = least + 1; other < given.length; other++) {
            if (given[other] < given[least] && FinishEstimate.finish(state, tasks[i], other) == finish[i]) {
                least = other;
            }
        }
        return least;
    }

    private void remove(int at, int left) {
        int after = left - at - 1;
        System.arraycopy(tasks, at + 1, tasks, at, after);
        System.arraycopy(finish, at + 1, finish, at, after);
        System.arraycopy(device, at + 1, device, at, after);
    }
}
