package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.List;

/**
 * What one would write by hand against long queues: ETF's devices, and in each line the job of the least work left first
 * (Schrage 1968). Here to tell what the learned policy gains by more than that.
 */
final class LeastWorkFirst implements OnlinePolicy {
    private double[] work = {};

    @Override
    public void decide(SystemState state) {
        if (work.length == 0) {
            work = works(state.workload());
        }
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < state.readyCount(); i++) {
            left.add(state.readyTask(i));
        }
        while (!left.isEmpty()) {
            int task = SystemState.NONE;
            int device = SystemState.NONE;
            double least = Double.POSITIVE_INFINITY;
            for (int each : left) {
                for (int on = 0; on < state.workload().deviceCount(); on++) {
                    double finish = finish(state, each, on);
                    if (finish < least) {
                        least = finish;
                        task = each;
                        device = on;
                    }
                }
            }
            if (task == SystemState.NONE) {
                return;
            }
            int slot = state.slotOf(task);
            int app = state.application(slot);
            double share = (double) state.tasksLeft(slot) / state.workload().graph(app).taskCount();
            state.place(task, device, least, work[app] * share);
            left.remove(Integer.valueOf(task));
        }
    }

    private static double finish(SystemState state, int task, int device) {
        double execution = state.isOnline(device) ? state.execution(task, device) : Workload.CANNOT_RUN;
        return Math.max(state.now(), Math.max(state.estimatedFree(device), state.inputArrival(task, device)))
                + execution;
    }

    private static double[] works(Workload workload) {
        double[] works = new double[workload.applicationCount()];
        for (int app = 0; app < works.length; app++) {
            for (int task = 0; task < workload.graph(app).taskCount(); task++) {
                double shortest = Double.POSITIVE_INFINITY;
                for (int cluster = 0; cluster < workload.clusterCount(); cluster++) {
                    shortest = Math.min(shortest, workload.execution(app, task, cluster));
                }
                works[app] += shortest;
            }
        }
        return works;
    }
}
