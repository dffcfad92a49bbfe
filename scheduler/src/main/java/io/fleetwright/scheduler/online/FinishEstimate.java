package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.SystemState;

/** When one task would end on each device. */
final class FinishEstimate {
    private FinishEstimate() {}

    /** Execution after the inputs are there, the device is free, and now; infinite where the task cannot run. */
    static double finish(SystemState state, int task, int device) {
        return finish(state, task, device, state.estimatedFree(device));
    }

    /** The same with the device free from {@code free} on. */
    static double finish(SystemState state, int task, int device, double free) {
        if (!state.isOnline(device)) {
            return Double.POSITIVE_INFINITY;
        }
        double execution = state.execution(task, device);
        if (execution == Double.POSITIVE_INFINITY) {
            return execution;
        }
        double begin = Math.max(state.now(), Math.max(free, state.inputArrival(task, device)));
        return begin + execution;
    }

    /** The first device of the earliest finish, or none where the task cannot run now. */
    static int bestDevice(SystemState state, int task) {
        int best = SystemState.NONE;
        double earliest = Double.POSITIVE_INFINITY;
        for (int device = 0; device < state.workload().deviceCount(); device++) {
            if (!state.isOnline(device)) {
                continue;
            }
            double execution = state.execution(task, device);
            double free = Math.max(state.now(), state.estimatedFree(device));
            // Asking for the inputs takes longest, and they make no end earlier.
            if (free + execution < earliest) {
                double finish = Math.max(free, state.inputArrival(task, device)) + execution;
                if (finish < earliest) {
                    earliest = finish;
                    best = device;
                }
            }
        }
        return best;
    }
}
