package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;

/** DS3's STF: each task to the first of the devices that run it fastest, so that all but one of them stay idle. */
public final class ShortestTask implements OnlinePolicy {
    @Override
    public void decide(SystemState state) {
        int count = state.readyCount();
        for (int i = 0; i < count; i++) {
            int task = state.readyTask(i);
            int best = SystemState.NONE;
            double shortest = Workload.CANNOT_RUN;
            for (int device = 0; device < state.workload().deviceCount(); device++) {
                double micros = state.isOnline(device) ? state.execution(task, device) : Workload.CANNOT_RUN;
                if (micros < shortest && state.inputArrival(task, device) < Double.POSITIVE_INFINITY) {
                    shortest = micros;
                    best = device;
                }
            }
            if (best != SystemState.NONE) {
                state.place(task, best, Math.max(state.now(), state.estimatedFree(best)) + shortest);
            }
        }
    }
}
