package io.fleetwright.scheduler.sim;

import io.fleetwright.scheduler.graph.TaskGraph;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What a policy sees and decides on: jobs in the system, their tasks, the devices. Everything is in flat arrays; a task
 * is a number that stays the same while its job lives. Times are microseconds since the start.
 */
public final class SystemState {
    public static final int NONE = -1;
    /** Bound on tasks of jobs in the system at once. */
    public static final int LIVE_TASKS_MAX = 20_000_000;

    static final byte WAITING = 0;
    static final byte READY = 1;
    static final byte PLACED = 2;
    static final byte RUNNING = 3;
    static final byte DONE = 4;

    final Workload workload;
    final SimulationOptions options;
    final EnergyMeter meter;
    final DeviceQueue[] queue;
    final int[] running;
    final double[] busySince;
    final boolean[] online;
    final double[] estimatedFree;
    final double[] served;
    final SplittableRandom random;
    private final double[] linkFree;
    private final double[] linkFactor;
    private final int stride;
    private final Tenants tenants;

    double now;

    int liveJobs;
    int firstSlot = NONE;
    private int lastSlot = NONE;
    private int freeSlot = NONE;
    private int slots;
    private int[] nextSlot = new int[16];
    private int[] previousSlot = new int[16];
    int[] slotApp = new int[16];
    int[] slotJob = new int[16];
    int[] slotLeft = new int[16];
    int[] slotRetries = new int[16];
    double[] slotArrival = new double[16];

    byte[] status;
    int[] waitingFor;
    int[] taskDevice;
    double[] arrival;
    double[] start;
    double[] finish;
    double[] runSlowdown;
    long[] placement;
    private long placements;
    private int[] readyAt;

    private int[] ready = new int[64];
    int readyCount;
    private int[] placedNow = new int[64];
    int placedCount;

    SystemState(Workload workload, SimulationOptions options) {
        this.workload = workload;
        this.options = options;
        meter = new EnergyMeter(workload, options.governor);
        random = new SplittableRandom(options.seed);
        stride = workload.tasksMax();
        tenants = options.tenants == null ? new Tenants(workload, Map.of()) : options.tenants;
        int devices = workload.deviceCount();
        queue = new DeviceQueue[devices];
        for (int device = 0; device < devices; device++) {
            queue[device] = new DeviceQueue();
        }
        running = new int[devices];
        Arrays.fill(running, NONE);
        busySince = new double[devices];
        online = new boolean[devices];
        Arrays.fill(online, true);
        estimatedFree = new double[devices];
        served = new double[workload.applicationCount()];
        linkFree = new double[workload.clusterCount() * workload.clusterCount()];
        linkFactor = new double[linkFree.length];
        Arrays.fill(linkFactor, 1);
        int tasks = 16 * stride;
        status = new byte[tasks];
        waitingFor = new int[tasks];
        taskDevice = new int[tasks];
        arrival = new double[tasks];
        start = new double[tasks];
        finish = new double[tasks];
        runSlowdown = new double[tasks];
        placement = new long[tasks];
        readyAt = new int[tasks];
    }

    // ---- what is there ----

    public Workload workload() {
        return workload;
    }

    public double now() {
        return now;
    }

    /** Tasks whose predecessors are done and that have no device yet, in the order in which they became ready. */
    public int readyCount() {
        return readyCount;
    }

    public int readyTask(int position) {
        return ready[position];
    }

    public int liveJobs() {
        return liveJobs;
    }

    /** The job in the system that came first, as a slot for {@link #nextJob}; {@link #NONE} if there is none. */
    public int firstJob() {
        return firstSlot;
    }

    /** The job after {@code slot} by arrival, or {@link #NONE}. */
    public int nextJob(int slot) {
        return nextSlot[slot];
    }

    public int slotOf(int task) {
        return task / stride;
    }

    public int taskOf(int slot, int node) {
        return slot * stride + node;
    }

    /** Upper bound of task numbers now in use. */
    public int taskLimit() {
        return slots * stride;
    }

    public int jobNumber(int slot) {
        return slotJob[slot];
    }

    public int application(int slot) {
        return slotApp[slot];
    }

    public double arrivalOfJob(int slot) {
        return slotArrival[slot];
    }

    /** When the job must be done; infinite for none. */
    public double deadlineOfJob(int slot) {
        double[] deadlines = options.deadlineMicros;
        return deadlines.length == 0 ? Double.POSITIVE_INFINITY : slotArrival[slot] + deadlines[slotApp[slot]];
    }

    /** Those of the options; without them each application is a tenant. */
    public Tenants tenants() {
        return tenants;
    }

    /** Position in {@link #tenants}. */
    public int tenantOfJob(int slot) {
        return tenants.ofApplication(slotApp[slot]);
    }

    public int tasksLeft(int slot) {
        return slotLeft[slot];
    }

    /** Position in the graph of its application. */
    public int node(int task) {
        return task % stride;
    }

    public boolean isDone(int task) {
        return status[task] == DONE;
    }

    public boolean isRunning(int task) {
        return status[task] == RUNNING;
    }

    public boolean isPlaced(int task) {
        return status[task] == PLACED;
    }

    /** Where it is placed, runs or ran. */
    public int device(int task) {
        return taskDevice[task];
    }

    /** When it ended; for a running one, when it is expected to. */
    public double finish(int task) {
        return status[task] == RUNNING ? expectedFinish(task) : finish[task];
    }

    /** Time of the task on the device at the present clock, or {@link Workload#CANNOT_RUN}. */
    public double execution(int task, int device) {
        int cluster = workload.clusterOf(device);
        return workload.execution(slotApp[task / stride], task % stride, cluster) * meter.slowdown(cluster);
    }

    /** When the inputs of a ready task would be on the device: the latest of its predecessors' finish and transfer. */
    public double inputArrival(int task, int device) {
        int slot = task / stride;
        int app = slotApp[slot];
        int node = task % stride;
        TaskGraph graph = workload.graph(app);
        double latest = slotArrival[slot];
        int end = graph.inEnd(node);
        for (int e = graph.inBegin(node); e < end; e++) {
            int from = slot * stride + graph.inTask(e);
            latest = Math.max(latest, finish[from] + transfer(app, e, taskDevice[from], device));
        }
        return latest;
    }

    /** Expected time of an in-edge between two devices, with what is known of the link. */
    public double transfer(int app, int edge, int from, int to) {
        return from == to
                ? workload.transferWithin(app, edge, workload.clusterOf(from))
                : transferToCluster(app, edge, from, workload.clusterOf(to));
    }

    /** Expected time of an in-edge from a device to any other one of a cluster, with what is known of the link. */
    public double transferToCluster(int app, int edge, int from, int cluster) {
        return transferBetween(workload.edgeKind(app, edge), workload.clusterOf(from), cluster);
    }

    /** Expected time of the edges of a {@link Workload#edgeKind} between two devices, with what is known of the link. */
    public double transferBetween(int edgeKind, int fromCluster, int toCluster) {
        return workload.transfer(edgeKind, fromCluster, toCluster)
                * linkFactor[fromCluster * workload.clusterCount() + toCluster];
    }

    public double rank(int task) {
        return workload.rank(slotApp[task / stride], task % stride);
    }

    public boolean isOnline(int device) {
        return online[device];
    }

    public boolean isIdle(int device) {
        return running[device] == NONE;
    }

    /** The task that runs on it, or {@link #NONE}. */
    public int runningTask(int device) {
        return running[device];
    }

    public int queueLength(int device) {
        return queue[device].size();
    }

    /** When the policy that placed what is on the device expected it to be free; never looks back. */
    public double estimatedFree(int device) {
        return estimatedFree[device];
    }

    /** Device time that jobs of an application have had so far. */
    public double servedMicros(int app) {
        return served[app];
    }

    public int operatingPoint(int cluster) {
        return meter.point(cluster);
    }

    /** Power of a cluster with so many devices busy at an operating point, at the present temperature. */
    public double watts(int cluster, int busyDevices, int point) {
        return meter.watts(cluster, busyDevices, point);
    }

    public double slowdown(int cluster, int point) {
        return meter.slowdown(cluster, point);
    }

    /** Expected, from when it began and the mean cost; not before now. */
    double expectedFinish(int task) {
        int cluster = workload.clusterOf(taskDevice[task]);
        double mean = workload.execution(slotApp[task / stride], task % stride, cluster) * runSlowdown[task];
        return Math.max(now, start[task] + mean);
    }

    /** Makes the slowdown of a running task's whole run one that ends it, by its mean cost, at {@code micros}. */
    void expectFinish(int task, double micros) {
        double mean = workload.execution(slotApp[task / stride], task % stride, workload.clusterOf(taskDevice[task]));
        if (mean > 0) {
            runSlowdown[task] = (micros - start[task]) / mean;
        }
    }

    // ---- decisions ----

    /** {@link #place(int, int, double, double)} after all tasks of earlier jobs. */
    public void place(int task, int device, double estimatedFinish) {
        place(task, device, estimatedFinish, slotJob[task / stride]);
    }

    /**
     * Gives a ready task to a device. It runs when its inputs are there, the device is free, and no placed task of a
     * lower key, or of the same key and placed before, could run as well.
     *
     * @param estimatedFinish becomes the device's {@link #estimatedFree}
     */
    public void place(int task, int device, double estimatedFinish, double key) {
        if (status[task] != READY) {
            throw new IllegalStateException("task %d is not ready".formatted(task));
        }
        if (!online[device] || execution(task, device) == Workload.CANNOT_RUN) {
            throw new IllegalStateException("task %d cannot run on device %d".formatted(task, device));
        }
        status[task] = PLACED;
        taskDevice[task] = device;
        placement[task] = placements++;
        arrival[task] = actualArrival(task, device);
        estimatedFree[device] = Math.max(estimatedFree[device], estimatedFinish);
        queue[device].add(task, key);
        if (placedCount == placedNow.length) {
            placedNow = Arrays.copyOf(placedNow, 2 * placedCount);
        }
        placedNow[placedCount++] = task;
    }

    /** Takes a placed task that has not started back to the ready ones. */
    public void recall(int task) {
        if (status[task] != PLACED) {
            throw new IllegalStateException("task %d is not placed".formatted(task));
        }
        queue[taskDevice[task]].remove(task);
        makeReady(task);
    }

    /** Forgets estimates of a device: it is expected free when what runs and waits there is done. */
    public void refreshEstimate(int device) {
        double free = running[device] == NONE ? now : expectedFinish(running[device]);
        for (int i = 0; i < queue[device].size(); i++) {
            int task = queue[device].task(i);
            free = Math.max(free, arrival[task]) + execution(task, device);
        }
        estimatedFree[device] = free;
    }

    /** Sets the clock of a cluster from now on; what runs there goes on at the new speed. */
    public void setOperatingPoint(int cluster, int point) {
        if (point < 0 || point >= Math.max(1, workload.cluster(cluster).points().size())) {
            throw new IllegalArgumentException("operating point (%d) of cluster %d must be 0 to %d"
                    .formatted(
                            point, cluster, workload.cluster(cluster).points().size() - 1));
        }
        if (point != meter.point(cluster)) {
            pointWanted(cluster, point);
        }
    }

    // ---- what the simulator does ----

    private PointSetter pointSetter = (_, _) -> {};

    /** How a change of clock reaches the event queue. */
    interface PointSetter {
        void set(int cluster, int point);
    }

    void onPointChange(PointSetter setter) {
        pointSetter = setter;
    }

    private void pointWanted(int cluster, int point) {
        pointSetter.set(cluster, point);
    }

    int addJob(int app, int job) {
        int slot = newSlot();
        slotApp[slot] = app;
        slotJob[slot] = job;
        slotArrival[slot] = now;
        slotRetries[slot] = 0;
        TaskGraph graph = workload.graph(app);
        slotLeft[slot] = graph.taskCount();
        nextSlot[slot] = NONE;
        previousSlot[slot] = lastSlot;
        if (lastSlot == NONE) {
            firstSlot = slot;
        } else {
            nextSlot[lastSlot] = slot;
        }
        lastSlot = slot;
        liveJobs++;
        for (int node = 0; node < graph.taskCount(); node++) {
            int task = slot * stride + node;
            waitingFor[task] = graph.inEnd(node) - graph.inBegin(node);
            status[task] = WAITING;
            if (waitingFor[task] == 0) {
                makeReady(task);
            }
        }
        return slot;
    }

    private int newSlot() {
        if (freeSlot != NONE) {
            int slot = freeSlot;
            freeSlot = nextSlot[slot];
            return slot;
        }
        if ((long) (slots + 1) * stride > LIVE_TASKS_MAX) {
            throw new InvalidWorkloadException(
                    "more than %d tasks in the system at once: the load is too high".formatted(LIVE_TASKS_MAX));
        }
        if (slots == slotApp.length) {
            grow();
        }
        return slots++;
    }

    private void grow() {
        int more = 2 * slots;
        nextSlot = Arrays.copyOf(nextSlot, more);
        previousSlot = Arrays.copyOf(previousSlot, more);
        slotApp = Arrays.copyOf(slotApp, more);
        slotJob = Arrays.copyOf(slotJob, more);
        slotLeft = Arrays.copyOf(slotLeft, more);
        slotRetries = Arrays.copyOf(slotRetries, more);
        slotArrival = Arrays.copyOf(slotArrival, more);
        int tasks = Math.multiplyExact(more, stride);
        status = Arrays.copyOf(status, tasks);
        waitingFor = Arrays.copyOf(waitingFor, tasks);
        taskDevice = Arrays.copyOf(taskDevice, tasks);
        arrival = Arrays.copyOf(arrival, tasks);
        start = Arrays.copyOf(start, tasks);
        finish = Arrays.copyOf(finish, tasks);
        runSlowdown = Arrays.copyOf(runSlowdown, tasks);
        placement = Arrays.copyOf(placement, tasks);
        readyAt = Arrays.copyOf(readyAt, tasks);
    }

    void removeJob(int slot) {
        int before = previousSlot[slot];
        int after = nextSlot[slot];
        if (before == NONE) {
            firstSlot = after;
        } else {
            nextSlot[before] = after;
        }
        if (after == NONE) {
            lastSlot = before;
        } else {
            previousSlot[after] = before;
        }
        slotJob[slot] = NONE;
        nextSlot[slot] = freeSlot;
        freeSlot = slot;
        liveJobs--;
    }

    void makeReady(int task) {
        status[task] = READY;
        if (readyCount == ready.length) {
            ready = Arrays.copyOf(ready, 2 * readyCount);
        }
        readyAt[task] = readyCount;
        ready[readyCount++] = task;
    }

    /** Drops from the ready list what has been placed or given up, keeping the order. */
    void compactReady() {
        int kept = 0;
        for (int i = 0; i < readyCount; i++) {
            int task = ready[i];
            if (status[task] == READY && readyAt[task] == i) {
                readyAt[task] = kept;
                ready[kept++] = task;
            }
        }
        readyCount = kept;
    }

    int placedTask(int position) {
        return placedNow[position];
    }

    void setLinkFactor(LinkChange change) {
        int clusters = workload.clusterCount();
        linkFactor[change.clusterA() * clusters + change.clusterB()] = change.timeFactor();
        linkFactor[change.clusterB() * clusters + change.clusterA()] = change.timeFactor();
    }

    /** The time until when the inputs really arrive, which the policy learns when they do. */
    private double actualArrival(int task, int device) {
        int slot = task / stride;
        int app = slotApp[slot];
        int node = task % stride;
        TaskGraph graph = workload.graph(app);
        double latest = slotArrival[slot];
        for (int e = graph.inBegin(node); e < graph.inEnd(node); e++) {
            int from = slot * stride + graph.inTask(e);
            double micros = transfer(app, e, taskDevice[from], device) * noise(options.transferNoise);
            latest = Math.max(latest, arrivalOver(taskDevice[from], device, finish[from], micros));
        }
        return options.semantics == SimulationOptions.Semantics.DS3 ? Math.ceil(latest) : latest;
    }

    private double arrivalOver(int from, int to, double ready, double micros) {
        if (!options.linkContention || from == to || micros == 0) {
            return ready + micros;
        }
        int a = workload.clusterOf(from);
        int b = workload.clusterOf(to);
        int link = Math.min(a, b) * workload.clusterCount() + Math.max(a, b);
        linkFree[link] = Math.max(linkFree[link], now) + micros;
        return linkFree[link];
    }

    /** A factor around 1, cut off at a tenth so that nothing takes no time. */
    double noise(double deviation) {
        return deviation == 0 ? 1 : Math.max(0.1, 1 + deviation * random.nextGaussian());
    }
}
