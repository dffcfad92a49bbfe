package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;

/**
 * Every task of all jobs in the system that has no device yet, and list schedules of them: in the order of a priority,
 * each to the device of the least cost. The cost is the finish, and for each microsecond of execution what {@link #toll}
 * asks.
 *
 * <p>A plan that begins as the kept one does, task for task, takes that beginning from it.
 */
final class Window {
    private static final long ALL_CLUSTERS = 0;

    private final OpenTasks open = new OpenTasks();
    private boolean laidOut;

    /** By position in the window: the lower comes first. */
    double[] priority = {};
    /** By position in the window: clusters, as bits, that the task is not to run on while another can run it. */
    long[] avoided = {};
    /** By cluster: what a microsecond of execution costs, in microseconds of finish. */
    double[] toll = {};
    /** By cluster: how much longer than now, by its clock, tasks take there. */
    double[] stretch = {};

    /** By source of {@link OpenTasks}: where and until when. */
    private int[] plannedDevice = {};

    private double[] plannedFinish = {};
    /** By position. */
    private double[] plannedStart = {};

    /** Positions in the order in which they were planned. */
    private int[] order = {};

    private int[] waitingFor = {};
    private double[] jobEnd = {};
    private double[] deviceFree = {};
    /** By cluster: when the first of its devices is free. */
    private double[] clusterFree = {};

    /** By device: the last task that was placed with an input there. */
    private long[] hasInput = {};

    private long gathered;

    /** By device: when what runs there ends by the present clock; now, if nothing does. */
    private double[] running = {};
    /** By device: not free before this, whatever the clock; infinite while it is away. */
    private double[] notBefore = {};

    private double now;

    private int[] heap = {};
    private int heapSize;

    private boolean kept;
    private boolean sameAsKept;
    private double[] keptPriority = {};
    private long[] keptAvoided = {};
    private double[] keptToll = {};
    private double[] keptStretch = {};
    private int[] keptOrder = {};
    private int[] keptDevice = {};
    private double[] keptStart = {};
    private double[] keptFinish = {};

    /** Fills the window; whether at most {@code limit} tasks are left, so that all are in it. */
    boolean collect(SystemState state, int limit) {
        boolean all = open.collect(state, limit);
        makeRoom(state);
        laidOut = false;
        kept = false;
        return all;
    }

    private void makeRoom(SystemState state) {
        Workload workload = state.workload();
        int room = open.room();
        if (priority.length < room) {
            priority = new double[room];
            avoided = new long[room];
            plannedStart = new double[room];
            order = new int[room];
            waitingFor = new int[room];
            heap = new int[room];
            keptPriority = new double[room];
            keptAvoided = new long[room];
            keptOrder = new int[room];
            keptDevice = new int[room];
            keptStart = new double[room];
            keptFinish = new double[room];
        }
        if (jobEnd.length < state.taskLimit()) {
            jobEnd = new double[state.taskLimit()];
        }
        if (deviceFree.length == 0) {
            int clusters = workload.clusterCount();
            deviceFree = new double[workload.deviceCount()];
            hasInput = new long[deviceFree.length];
            running = new double[deviceFree.length];
            notBefore = new double[deviceFree.length];
            clusterFree = new double[clusters];
            toll = new double[clusters];
            keptToll = new double[clusters];
            stretch = new double[clusters];
            keptStretch = new double[clusters];
            Arrays.fill(stretch, 1);
        }
    }

    int size() {
        return open.size();
    }

    int task(int position) {
        return open.task(position);
    }

    /** The job of the task. */
    int slot(int position) {
        return open.slot(position);
    }

    double rank(int position) {
        return open.rank(position);
    }

    /** Where the task stands in the window, or {@link SystemState#NONE}. */
    int position(int task) {
        return open.position(task);
    }

    /** Highest rank among the job's tasks in the window; 0 if it has none there. */
    double workLeft(int slot) {
        return open.workLeft(slot);
    }

    /** The device that the present plan gives the task of a position, or {@link SystemState#NONE}. */
    int device(int position) {
        return plannedDevice[position];
    }

    double start(int position) {
        return plannedStart[position];
    }

    double finish(int position) {
        return plannedFinish[position];
    }

    /** Position of the task that the present plan placed after {@code count} others. */
    int planned(int count) {
        return order[count];
    }

    /** When the job's last task in the window ends; minus infinity if it has none there, infinity if one cannot run now. */
    double jobEnd(int slot) {
        return jobEnd[slot];
    }

    /** Whether the present plan is the kept one again. */
    boolean isAsKept() {
        return sameAsKept;
    }

    /** When what runs on the device now ends, at the clock that {@link #stretch} stands for; now, if nothing does. */
    double runningUntil(int device) {
        return now + (running[device] - now) * stretch[open.clusterOf[device]];
    }

    // ---- one plan ----

    /** Plans the tasks in the window. */
    void plan(SystemState state) {
        if (!laidOut) {
            layOut(state);
        }
        begin(state);
        sameAsKept = kept && Arrays.equals(toll, keptToll) && Arrays.equals(stretch, keptStretch);
        for (int count = 0; heapSize > 0; count++) {
            int position = pop();
            order[count] = position;
            sameAsKept &= position == keptOrder[count];
            if (sameAsKept && avoided[position] == keptAvoided[position]) {
                set(position, keptDevice[position], keptStart[position], keptFinish[position]);
            } else {
                place(state, position, avoided[position]);
                if (plannedDevice[position] == SystemState.NONE && avoided[position] != ALL_CLUSTERS) {
                    place(state, position, ALL_CLUSTERS);
                }
                sameAsKept &= plannedDevice[position] == keptDevice[position];
            }
            pass(position);
        }
    }

    private void layOut(SystemState state) {
        open.layOut(state);
        laidOut = true;
        now = state.now();
        for (int device = 0; device < running.length; device++) {
            int task = state.runningTask(device);
            running[device] = task == SystemState.NONE ? now : state.finish(task);
            boolean waits = state.queueLength(device) > 0;
            notBefore[device] = !state.isOnline(device)
                    ? Double.POSITIVE_INFINITY
                    : waits ? state.estimatedFree(device) : Double.NEGATIVE_INFINITY;
        }
        if (plannedDevice.length < open.sourceLimit()) {
            plannedDevice = new int[2 * open.sourceLimit()];
            plannedFinish = new double[plannedDevice.length];
        }
        for (int device = 0; device < running.length; device++) {
            plannedDevice[open.runningSource(device)] = device;
        }
        open.copyFixed(plannedDevice, plannedFinish);
    }

    private void begin(SystemState state) {
        Arrays.fill(clusterFree, Double.POSITIVE_INFINITY);
        for (int device = 0; device < deviceFree.length; device++) {
            double until = runningUntil(device);
            plannedFinish[open.runningSource(device)] = until;
            deviceFree[device] = Math.max(until, notBefore[device]);
            int cluster = open.clusterOf[device];
            clusterFree[cluster] = Math.min(clusterFree[cluster], deviceFree[device]);
        }
        for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
            jobEnd[slot] = Double.NEGATIVE_INFINITY;
        }
        heapSize = 0;
        int size = open.size();
        System.arraycopy(open.openInputs, 0, waitingFor, 0, size);
        for (int position = 0; position < size; position++) {
            if (waitingFor[position] == 0) {
                push(position);
            }
        }
    }

    private void pass(int position) {
        int slot = open.slot(position);
        jobEnd[slot] = Math.max(jobEnd[slot], plannedFinish[position]);
        int end = open.nextBegin[position + 1];
        for (int i = open.nextBegin[position]; i < end; i++) {
            int next = open.next[i];
            if (--waitingFor[next] == 0) {
                push(next);
            }
        }
    }

    private void place(SystemState state, int position, long avoid) {
        markInputs(position);
        int clusters = clusterFree.length;
        double least = Double.POSITIVE_INFINITY;
        int chosen = SystemState.NONE;
        double begin = Double.POSITIVE_INFINITY;
        double end = Double.POSITIVE_INFINITY;
        for (int cluster = 0; cluster < clusters; cluster++) {
            double execution = open.execution[position * clusters + cluster] * stretch[cluster];
            double cost = (avoid >>> cluster & 1) == 0 ? execution * (1 + toll[cluster]) : Double.POSITIVE_INFINITY;
            if (clusterFree[cluster] + cost >= least) {
                continue;
            }
            double arrival = inputsAt(state, position, SystemState.NONE, cluster);
            int last = open.deviceBegin[cluster + 1];
            for (int device = open.deviceBegin[cluster]; device < last; device++) {
                boolean here = hasInput[device] == gathered && deviceFree[device] + cost < least;
                double inputs = here ? inputsAt(state, position, device, cluster) : arrival;
                double start = Math.max(deviceFree[device], inputs);
                if (start + cost < least) {
                    least = start + cost;
                    begin = start;
                    end = start + execution;
                    chosen = device;
                }
            }
        }
        set(position, chosen, begin, end);
    }

    private void set(int position, int device, double start, double finish) {
        plannedDevice[position] = device;
        plannedStart[position] = start;
        plannedFinish[position] = finish;
        if (device != SystemState.NONE && finish > deviceFree[device]) {
            int cluster = open.clusterOf[device];
            boolean wasFirst = deviceFree[device] == clusterFree[cluster];
            deviceFree[device] = finish;
            if (wasFirst) {
                clusterFree[cluster] = firstFree(cluster);
            }
        }
    }

    private double firstFree(int cluster) {
        double first = Double.POSITIVE_INFINITY;
        int end = open.deviceBegin[cluster + 1];
        for (int device = open.deviceBegin[cluster]; device < end; device++) {
            first = Math.min(first, deviceFree[device]);
        }
        return first;
    }

    private void markInputs(int position) {
        gathered++;
        int end = open.inputBegin[position + 1];
        for (int i = open.inputBegin[position]; i < end; i++) {
            int device = plannedDevice[open.source[i]];
            if (device != SystemState.NONE) {
                hasInput[device] = gathered;
            }
        }
    }

    /** When the inputs are on a device of the cluster: on {@code device}, or on one that has none of them. */
    private double inputsAt(SystemState state, int position, int device, int cluster) {
        double latest = Double.NEGATIVE_INFINITY;
        int end = open.inputBegin[position + 1];
        for (int i = open.inputBegin[position]; i < end; i++) {
            int source = open.source[i];
            int from = plannedDevice[source];
            if (from == SystemState.NONE) {
                return Double.POSITIVE_INFINITY;
            }
            double transfer = from == device
                    ? state.workload().transferWithin(open.edgeKind[i], cluster)
                    : state.transferBetween(open.edgeKind[i], open.clusterOf[from], cluster);
            latest = Math.max(latest, plannedFinish[source] + transfer);
        }
        return latest;
    }

    // ---- the plan to follow ----

    /** Remembers the present plan and what led to it. */
    void keep() {
        int size = open.size();
        System.arraycopy(priority, 0, keptPriority, 0, size);
        System.arraycopy(avoided, 0, keptAvoided, 0, size);
        System.arraycopy(toll, 0, keptToll, 0, toll.length);
        System.arraycopy(stretch, 0, keptStretch, 0, stretch.length);
        System.arraycopy(order, 0, keptOrder, 0, size);
        System.arraycopy(plannedDevice, 0, keptDevice, 0, size);
        System.arraycopy(plannedStart, 0, keptStart, 0, size);
        System.arraycopy(plannedFinish, 0, keptFinish, 0, size);
        kept = true;
    }

    /** Takes back what led to the kept plan, but for the clocks. */
    void restore() {
        int size = open.size();
        System.arraycopy(keptPriority, 0, priority, 0, size);
        System.arraycopy(keptAvoided, 0, avoided, 0, size);
        System.arraycopy(keptToll, 0, toll, 0, toll.length);
    }

    /** Whether some ready task could start on an idle device now, or nothing runs, so that {@link #follow} may place one. */
    boolean mayPlace(SystemState state) {
        boolean asksAgain = false;
        for (int device = 0; device < deviceFree.length; device++) {
            asksAgain |= state.runningTask(device) != SystemState.NONE;
            if (isIdle(state, device) && state.isOnline(device) && someReadyRunsOn(state, device)) {
                return true;
            }
        }
        return !asksAgain;
    }

    private static boolean isIdle(SystemState state, int device) {
        return state.isIdle(device) && state.queueLength(device) == 0;
    }

    private static boolean someReadyRunsOn(SystemState state, int device) {
        int count = state.readyCount();
        for (int i = 0; i < count; i++) {
            if (state.execution(state.readyTask(i), device) < Workload.CANNOT_RUN) {
                return true;
            }
        }
        return false;
    }

    /**
     * Places what the kept plan starts next on an idle device; and all that is ready when nothing else would happen to
     * ask again.
     */
    void follow(SystemState state) {
        boolean asksAgain = false;
        for (int device = 0; device < deviceFree.length; device++) {
            asksAgain |= state.runningTask(device) != SystemState.NONE;
        }
        int count = state.readyCount();
        for (int i = 0; i < count; i++) {
            int task = state.readyTask(i);
            int position = open.position(task);
            if (position == SystemState.NONE || keptStart[position] == Double.POSITIVE_INFINITY) {
                continue;
            }
            int device = keptDevice[position];
            boolean isNow = isIdle(state, device) && isNext(position);
            if (state.isOnline(device) && (isNow || !asksAgain)) {
                double start = keptStart[position];
                state.place(task, device, start + state.execution(task, device), start);
            }
        }
    }

    private boolean isNext(int position) {
        for (int other = 0; other < open.size(); other++) {
            if (other != position
                    && keptDevice[other] == keptDevice[position]
                    && keptStart[other] < keptStart[position]) {
                return false;
            }
        }
        return true;
    }

    // ---- positions by rising priority value ----

    private void push(int position) {
        int hole = heapSize++;
        while (hole > 0) {
            int parent = (hole - 1) >>> 1;
            if (priority[heap[parent]] <= priority[position]) {
                break;
            }
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = position;
    }

    private int pop() {
        int first = heap[0];
        int last = heap[--heapSize];
        int hole = 0;
        while (true) {
            int child = 2 * hole + 1;
            if (child >= heapSize) {
                break;
            }
            if (child + 1 < heapSize && priority[heap[child + 1]] < priority[heap[child]]) {
                child++;
            }
            if (priority[last] <= priority[heap[child]]) {
                break;
            }
            heap[hole] = heap[child];
            hole = child;
        }
        heap[hole] = last;
        return first;
    }
}
