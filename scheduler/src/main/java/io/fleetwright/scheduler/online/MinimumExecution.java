package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;

/**
 * DS3's MET: each task to the device that runs it fastest, whatever waits there.
 *
 * <p>Among equally fast devices the one with the fewest tasks given in this call wins, then the first. When some of
 * them are busy and some idle, as many are left out as are busy, counted from the first busy one: that is meant to
 * leave out the busy ones, and does when they are neighbours.
 */
public final class MinimumExecution implements OnlinePolicy {
    private int[] given = {};
    private int[] fastest = {};

    @Override
    public void decide(SystemState state) {
        int devices = state.workload().deviceCount();
        given = Arrays.copyOf(given, devices);
        fastest = Arrays.copyOf(fastest, devices);
        Arrays.fill(given, 0);
        int count = state.readyCount();
        for (int i = 0; i < count; i++) {
            int task = state.readyTask(i);
            int device = choose(state, task, leaveOutBusy(state, collectFastest(state, task)));
            if (device != SystemState.NONE) {
                given[device]++;
                double begin = Math.max(state.now(), state.estimatedFree(device));
                state.place(task, device, begin + state.execution(task, device));
            }
        }
    }

    private int collectFastest(SystemState state, int task) {
        double shortest = Workload.CANNOT_RUN;
        int count = 0;
        for (int device = 0; device < fastest.length; device++) {
            double micros = state.isOnline(device) ? state.execution(task, device) : Workload.CANNOT_RUN;
            if (micros < shortest) {
                shortest = micros;
                count = 0;
            }
            if (micros == shortest && micros < Workload.CANNOT_RUN) {
                fastest[count++] = device;
            }
        }
        return count;
    }

    private int leaveOutBusy(SystemState state, int count) {
        int busy = 0;
        int firstBusy = -1;
        for (int i = 0; i < count; i++) {
            if (!state.isIdle(fastest[i])) {
                firstBusy = firstBusy < 0 ? i : firstBusy;
                busy++;
            }
        }
        if (busy == 0 || busy == count) {
            return count;
        }
        System.arraycopy(fastest, firstBusy + busy, fastest, firstBusy, count - firstBusy - busy);
        return count - busy;
    }

    private int choose(SystemState state, int task, int count) {
        int best = SystemState.NONE;
        for (int i = 0; i < count; i++) {
            int device = fastest[i];
            if (state.inputArrival(task, device) < Double.POSITIVE_INFINITY
                    && (best == SystemState.NONE || given[device] < given[best])) {
                best = device;
            }
        }
        return best;
    }
}
