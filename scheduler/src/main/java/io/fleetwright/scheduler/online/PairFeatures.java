package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;
import java.util.List;

/**
 * What the network sees of a task and of a device for it. Every feature is between 0 and 1 and has no unit: times are compared
 * with those of the workload and pressed together by {@code v / (1 + v)}, so that one network serves microseconds and hours,
 * few devices and many.
 */
public final class PairFeatures {
    /** Features of a task, in their order. */
    public static final List<String> OF_TASK = List.of(
            "rank in its application",
            "rank",
            "tasks left of the job",
            "work left of the job",
            "age of the job",
            "shortest execution",
            "shortest to mean execution",
            "clusters that run it",
            "successors",
            "jobs in the system to devices",
            "ready tasks to devices");

    /** Features of a task on a device, in their order. */
    public static final List<String> OF_PAIR = List.of(
            "execution",
            "shortest to this execution",
            "wait for the device",
            "wait for the inputs",
            "gap before the start",
            "tasks in the device's line",
            "kinds of task that the cluster runs",
            "devices of the cluster that are idle");

    static final int TASK = OF_TASK.size();
    static final int PAIR = OF_PAIR.size();

    private final Workload workload;
    private final int clusters;
    private final int[] firstKind;
    private final double[] shortest;
    private final double[] shortestToMean;
    private final double[] runsOn;
    private final double[] generality;
    private final double[] highestRank;
    private final double[] workOfApplication;
    private final int[] clusterSize;
    private final int[] idle;
    /** Shortest execution of a task, mean over all kinds: the unit of what is a task's. */
    private final double taskMicros;
    /** Longest chain of an application by mean figures, mean over all: the unit of what is a job's. */
    private final double jobMicros;

    private final double jobWork;
    private final double jobTasks;

    private double now;
    private double load;
    private double crowd;

    PairFeatures(Workload workload) {
        this.workload = workload;
        clusters = workload.clusterCount();
        int apps = workload.applicationCount();
        firstKind = new int[apps + 1];
        for (int app = 0; app < apps; app++) {
            firstKind[app + 1] = firstKind[app] + workload.graph(app).taskCount();
        }
        int kinds = firstKind[apps];
        clusterSize = new int[clusters];
        for (int device = 0; device < workload.deviceCount(); device++) {
            clusterSize[workload.clusterOf(device)]++;
        }
        idle = new int[clusters];
        shortest = new double[kinds];
        shortestToMean = new double[kinds];
        runsOn = new double[kinds];
        generality = new double[clusters];
        highestRank = new double[apps];
        workOfApplication = new double[apps];
        double sum = 0;
        for (int app = 0; app < apps; app++) {
            for (int node = 0; node < workload.graph(app).taskCount(); node++) {
                ofKind(app, node);
                workOfApplication[app] += shortest[firstKind[app] + node];
                highestRank[app] = Math.max(highestRank[app], workload.rank(app, node));
            }
            sum += workOfApplication[app];
        }
        for (int c = 0; c < clusters; c++) {
            generality[c] /= kinds;
        }
        // A workload of nothing but tasks without length has no unit, and needs none.
        taskMicros = sum > 0 ? sum / kinds : 1;
        jobMicros = Math.max(taskMicros, mean(highestRank));
        jobWork = Math.max(taskMicros, mean(workOfApplication));
        jobTasks = (double) kinds / apps;
    }

    private void ofKind(int app, int node) {
        int kind = firstKind[app] + node;
        double least = Double.POSITIVE_INFINITY;
        double sum = 0;
        int count = 0;
        for (int c = 0; c < clusters; c++) {
            double micros = workload.execution(app, node, c);
            if (micros != Workload.CANNOT_RUN) {
                least = Math.min(least, micros);
                sum += micros;
                count++;
                generality[c]++;
            }
        }
        shortest[kind] = least;
        shortestToMean[kind] = sum > 0 ? least * count / sum : 1;
        runsOn[kind] = (double) count / clusters;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** The unit of a correction of a finish, microseconds, above 0. */
    double taskMicros() {
        return taskMicros;
    }

    /** Looks at what is the same for all pairs of one decision. */
    void observe(SystemState state) {
        now = state.now();
        load = squash((double) state.liveJobs() / workload.deviceCount());
        crowd = squash((double) state.readyCount() / workload.deviceCount());
        Arrays.fill(idle, 0);
        for (int device = 0; device < workload.deviceCount(); device++) {
            if (state.isOnline(device) && state.estimatedFree(device) <= now) {
                idle[workload.clusterOf(device)]++;
            }
        }
    }

    /** Features of a ready task, {@link #TASK} of them. */
    void ofTask(SystemState state, int task, double[] features) {
        int slot = state.slotOf(task);
        int app = state.application(slot);
        int node = state.node(task);
        int kind = firstKind[app] + node;
        TaskGraph graph = workload.graph(app);
        double rank = state.rank(task);
        double left = (double) state.tasksLeft(slot) / graph.taskCount();
        int at = 0;
        features[at++] = highestRank[app] > 0 ? rank / highestRank[app] : 0;
        features[at++] = squash(rank / jobMicros);
        features[at++] = squash(state.tasksLeft(slot) / jobTasks);
        features[at++] = squash(left * workOfApplication[app] / jobWork);
        features[at++] = squash((now - state.arrivalOfJob(slot)) / jobMicros);
        features[at++] = squash(shortest[kind] / taskMicros);
        features[at++] = shortestToMean[kind];
        features[at++] = runsOn[kind];
        features[at++] = squash(graph.outEnd(node) - graph.outBegin(node));
        features[at++] = load;
        features[at] = crowd;
    }

    /**
     * Features of a task on a device that runs it, {@link #PAIR} of them.
     *
     * @param execution time of the task there
     * @param inputs when its inputs are there
     * @param free when the device is
     */
    void ofPair(
            SystemState state, int task, int device, double execution, double inputs, double free, double[] features) {
        int kind = firstKind[state.application(state.slotOf(task))] + state.node(task);
        int cluster = workload.clusterOf(device);
        int at = 0;
        features[at++] = squash(execution / taskMicros);
        features[at++] = execution > 0 ? Math.min(1, shortest[kind] / execution) : 1;
        features[at++] = squash(Math.max(0, free - now) / taskMicros);
        features[at++] = squash(Math.max(0, inputs - now) / taskMicros);
        features[at++] = squash(Math.max(0, inputs - Math.max(now, free)) / taskMicros);
        features[at++] = squash(state.queueLength(device));
        features[at++] = generality[cluster];
        features[at] = (double) idle[cluster] / clusterSize[cluster];
    }

    private static double squash(double value) {
        return value / (1 + value);
    }
}
