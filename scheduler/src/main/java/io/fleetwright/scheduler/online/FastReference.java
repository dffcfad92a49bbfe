package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Timeline;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;

/**
 * The same platform with all clocks at their highest, which does nothing but take each job as it comes, by HEFT between
 * what it has already: how long jobs would have taken had nobody saved anything.
 */
final class FastReference {
    private final Timeline[] timelines;
    private int[] order = {};
    private int[] device = {};
    private double[] finish = {};

    FastReference(Workload workload) {
        timelines = new Timeline[workload.deviceCount()];
        Arrays.setAll(timelines, _ -> new Timeline(0));
    }

    /** Takes a job that arrives now; how long it is in the system. Infinite if nothing that is there runs it. */
    double take(SystemState state, int app) {
        Workload workload = state.workload();
        TaskGraph graph = workload.graph(app);
        int tasks = graph.taskCount();
        if (order.length < tasks) {
            order = new int[tasks];
            device = new int[tasks];
            finish = new double[tasks];
        }
        for (Timeline timeline : timelines) {
            timeline.forgetBefore(state.now());
        }
        for (int i = 0; i < tasks; i++) {
            insert(workload, app, graph.topologicalTask(i), i);
        }
        double end = state.now();
        for (int i = 0; i < tasks; i++) {
            end = Math.max(end, place(state, app, order[i]));
        }
        return end - state.now();
    }

    /** By falling rank; of equal ranks the topologically first, so that inputs come before what needs them. */
    private void insert(Workload workload, int app, int task, int count) {
        int at = count;
        while (at > 0 && workload.rank(app, order[at - 1]) < workload.rank(app, task)) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = task;
    }

    private double place(SystemState state, int app, int task) {
        Workload workload = state.workload();
        TaskGraph graph = workload.graph(app);
        double begin = 0;
        device[task] = SystemState.NONE;
        finish[task] = Double.POSITIVE_INFINITY;
        for (int candidate = 0; candidate < timelines.length; candidate++) {
            int cluster = workload.clusterOf(candidate);
            double execution = workload.execution(app, task, cluster);
            if (execution == Workload.CANNOT_RUN || !state.isOnline(candidate)) {
                continue;
            }
            double arrival = state.now();
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                arrival = Math.max(arrival, arrival(workload, app, e, graph.inTask(e), candidate));
            }
            double start = timelines[candidate].firstGap(arrival, execution);
            if (start + execution < finish[task]) {
                begin = start;
                finish[task] = start + execution;
                device[task] = candidate;
            }
        }
        if (device[task] != SystemState.NONE && finish[task] > begin) {
            timelines[device[task]].add(begin, finish[task]);
        }
        return finish[task];
    }

    private double arrival(Workload workload, int app, int edge, int from, int to) {
        if (device[from] == SystemState.NONE) {
            return Double.POSITIVE_INFINITY;
        }
        int a = workload.clusterOf(device[from]);
        double transfer = device[from] == to
                ? workload.transferWithin(app, edge, a)
                : workload.transfer(app, edge, a, workload.clusterOf(to));
        return finish[from] + transfer;
    }
}
