package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;

/**
 * Weighted fair share of device time between tenants: start-time fair queueing says whose task is next, the earliest
 * finish says where it runs.
 *
 * <p>A tenant's start tag moves on by execution time over weight with each of its tasks that is given to a device; the
 * lowest tag is next, and within a tenant the oldest job. Virtual time is the highest start tag so far. A tenant that
 * had nothing to run begins there, so it cannot claim time that it left to others; nor can one whose tasks waited for
 * devices of their own claim more than one task per device.
 *
 * <p>Tasks are planned in this order, and only what starts next on an idle device is placed; the rest is asked for
 * again at the next event. So a device stays idle only while the inputs of its next task are on the way, or when every
 * ready task would end earlier elsewhere. Each tenant has a line for each cluster that is the fastest for some of its
 * tasks: what waits in one does not hold up the others.
 *
 * @see "Goyal, Vin and Cheng, Start-time Fair Queuing, SIGCOMM 1996, section 2"
 */
public final class FairShare implements OnlinePolicy {
    private static final int JOB_SHIFT = 32;

    private double virtualTime;
    private double stepMax;
    /** By tenant: start tag of its next task. */
    private double[] tag = {};
    /** By tenant: whether the last call left it something. */
    private boolean[] waits = {};

    private int clusters;
    private int[][] fastest = {};
    private long[] byAge = {};
    private int[] tasks = {};

    /** By line, that is tenant and cluster: its part of {@link #tasks}, and by how much planned ones move its tag. */
    private int[] next = {};

    private int[] end = {};
    private double[] planned = {};

    private double[] free = {};
    private boolean[] open = {};
    private int openCount;

    @Override
    public void decide(SystemState state) {
        if (tag.length == 0) {
            makeRoom(state);
        }
        lookAtDevices(state);
        if (openCount == 0) {
            return;
        }
        formLines(state);
        catchUp();
        while (openCount > 0) {
            int line = lowestTag();
            if (line == SystemState.NONE) {
                break;
            }
            waits[line / clusters] |= !plan(state, tasks[next[line]++], line);
        }
        for (int line = 0; line < next.length; line++) {
            waits[line / clusters] |= next[line] < end[line];
        }
    }

    private void makeRoom(SystemState state) {
        Workload workload = state.workload();
        clusters = workload.clusterCount();
        fastest = new int[workload.applicationCount()][];
        for (int app = 0; app < fastest.length; app++) {
            fastest[app] = new int[workload.graph(app).taskCount()];
            for (int node = 0; node < fastest[app].length; node++) {
                fastest[app][node] = fastestCluster(workload, app, node);
            }
        }
        int tenants = state.tenants().count();
        tag = new double[tenants];
        waits = new boolean[tenants];
        next = new int[tenants * clusters];
        end = new int[next.length];
        planned = new double[next.length];
        free = new double[workload.deviceCount()];
        open = new boolean[free.length];
    }

    private static int fastestCluster(Workload workload, int app, int node) {
        int best = 0;
        for (int cluster = 1; cluster < workload.clusterCount(); cluster++) {
            if (workload.execution(app, node, cluster) < workload.execution(app, node, best)) {
                best = cluster;
            }
        }
        return best;
    }

    /** The ready tasks by line, and in a line by age of their jobs. */
    private void formLines(SystemState state) {
        int count = state.readyCount();
        if (tasks.length < count) {
            tasks = new int[2 * count];
            byAge = new long[2 * count];
        }
        Arrays.fill(end, 0);
        for (int i = 0; i < count; i++) {
            int task = state.readyTask(i);
            byAge[i] = (long) state.jobNumber(state.slotOf(task)) << JOB_SHIFT | i;
            end[line(state, task)]++;
        }
        Arrays.sort(byAge, 0, count);
        int begin = 0;
        for (int line = 0; line < end.length; line++) {
            next[line] = begin;
            begin += end[line];
            end[line] = next[line];
        }
        for (int i = 0; i < count; i++) {
            int task = state.readyTask((int) byAge[i]);
            tasks[end[line(state, task)]++] = task;
        }
    }

    private int line(SystemState state, int task) {
        int slot = state.slotOf(task);
        return state.tenantOfJob(slot) * clusters + fastest[state.application(slot)][state.node(task)];
    }

    private void lookAtDevices(SystemState state) {
        openCount = 0;
        for (int device = 0; device < free.length; device++) {
            int running = state.runningTask(device);
            boolean queued = state.queueLength(device) > 0;
            free[device] = running == SystemState.NONE ? state.now() : state.finish(running);
            if (queued) {
                free[device] = Math.max(free[device], state.estimatedFree(device));
            }
            open[device] = state.isOnline(device) && running == SystemState.NONE && !queued;
            openCount += open[device] ? 1 : 0;
        }
    }

    private void catchUp() {
        double creditMax = free.length * stepMax;
        for (int line = 0; line < next.length; line++) {
            int tenant = line / clusters;
            if (next[line] < end[line]) {
                tag[tenant] = Math.max(tag[tenant], waits[tenant] ? virtualTime - creditMax : virtualTime);
            }
            planned[line] = 0;
        }
        Arrays.fill(waits, false);
    }

    private int lowestTag() {
        int lowest = SystemState.NONE;
        double least = Double.POSITIVE_INFINITY;
        for (int line = 0; line < next.length; line++) {
            if (next[line] < end[line] && tag[line / clusters] + planned[line] < least) {
                least = tag[line / clusters] + planned[line];
                lowest = line;
            }
        }
        return lowest;
    }

    /** Whether the task was placed. */
    private boolean plan(SystemState state, int task, int line) {
        int device = bestDevice(state, task);
        if (device == SystemState.NONE) {
            return false;
        }
        int tenant = line / clusters;
        double step =
                state.execution(task, device) / state.tenants().tenant(tenant).weight();
        free[device] = FinishEstimate.finish(state, task, device, free[device]);
        if (!open[device]) {
            planned[line] += step;
            return false;
        }
        open[device] = false;
        openCount--;
        virtualTime = Math.max(virtualTime, tag[tenant]);
        tag[tenant] += step;
        stepMax = Math.max(stepMax, step);
        state.place(task, device, free[device]);
        return true;
    }

    private int bestDevice(SystemState state, int task) {
        int best = SystemState.NONE;
        double earliest = Double.POSITIVE_INFINITY;
        for (int device = 0; device < free.length; device++) {
            double finish = FinishEstimate.finish(state, task, device, free[device]);
            if (finish < earliest) {
                earliest = finish;
                best = device;
            }
        }
        return best;
    }
}
