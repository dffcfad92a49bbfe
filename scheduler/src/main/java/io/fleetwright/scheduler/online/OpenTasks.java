package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;

/**
 * The tasks of all jobs in the system that have no device yet, by position, and what is the same for every plan of
 * them: what each takes where, what it waits for, what waits for it, and where the inputs are that need no plan.
 *
 * <p>An input comes from a source: an open task by its position, what a device runs by {@link #runningSource}, and
 * everything else by a number of its own after those.
 */
final class OpenTasks {
    private int size;
    private int room;
    private int[] tasks = {};
    private int[] slots = {};
    private double[] ranks = {};
    private int[] positionOf = {};
    private double[] workLeft = {};

    /** By cluster and one more: its first device. */
    int[] deviceBegin = {};

    int[] clusterOf = {};

    /** By position and cluster: microseconds at the present clock, or {@link Workload#CANNOT_RUN}. */
    double[] execution = {};
    /** By position: inputs that are open tasks. */
    int[] openInputs = {};

    /** By position and one more: where its rows of {@link #source} and {@link #edgeKind} begin. */
    int[] inputBegin = {};

    int[] source = {};
    int[] edgeKind = {};

    /** By position and one more: where its row of {@link #next} begins. */
    int[] nextBegin = {};

    /** Positions of the tasks that need it. */
    int[] next = {};

    private int sources;
    private int[] fixedDevice = new int[16];
    private double[] fixedMade = new double[16];

    /** Finds the tasks; whether they are at most {@code limit}, so that all of them are here. */
    boolean collect(SystemState state, int limit) {
        makeRoom(state, limit);
        size = 0;
        for (int slot = state.firstJob(); slot != SystemState.NONE && size <= limit; slot = state.nextJob(slot)) {
            double left = 0;
            int app = state.application(slot);
            int count = state.workload().graph(app).taskCount();
            int first = state.taskOf(slot, 0);
            for (int node = 0; node < count; node++) {
                int task = first + node;
                positionOf[task] = SystemState.NONE;
                if (isOpen(state, task)) {
                    positionOf[task] = size;
                    slots[size] = slot;
                    ranks[size] = state.workload().rank(app, node);
                    left = Math.max(left, ranks[size]);
                    tasks[size++] = task;
                }
            }
            workLeft[slot] = left;
        }
        return size <= limit;
    }

    private static boolean isOpen(SystemState state, int task) {
        return !state.isDone(task) && !state.isRunning(task) && !state.isPlaced(task);
    }

    private void makeRoom(SystemState state, int limit) {
        Workload workload = state.workload();
        int numbers = state.taskLimit();
        if (positionOf.length < numbers) {
            positionOf = new int[numbers];
            workLeft = new double[numbers];
        }
        if (deviceBegin.length == 0) {
            setDevices(workload);
        }
        if (room < limit + workload.tasksMax()) {
            room = limit + workload.tasksMax();
            tasks = new int[room];
            slots = new int[room];
            ranks = new double[room];
            execution = new double[room * workload.clusterCount()];
            openInputs = new int[room];
            inputBegin = new int[room + 1];
            nextBegin = new int[room + 1];
        }
    }

    private void setDevices(Workload workload) {
        clusterOf = new int[workload.deviceCount()];
        deviceBegin = new int[workload.clusterCount() + 1];
        for (int device = 0; device < clusterOf.length; device++) {
            clusterOf[device] = workload.clusterOf(device);
            deviceBegin[clusterOf[device] + 1] = device + 1;
        }
    }

    /** Lays out what plans ask of the collected tasks. */
    void layOut(SystemState state) {
        Workload workload = state.workload();
        int clusters = workload.clusterCount();
        int inputs = 0;
        int nexts = 0;
        sources = 0;
        for (int position = 0; position < size; position++) {
            int app = state.application(slots[position]);
            int first = state.taskOf(slots[position], 0);
            int node = tasks[position] - first;
            TaskGraph graph = workload.graph(app);
            for (int c = 0; c < clusters; c++) {
                execution[position * clusters + c] =
                        workload.execution(app, node, c) * state.slowdown(c, state.operatingPoint(c));
            }
            int end = graph.inEnd(node);
            int begin = graph.inBegin(node);
            source = withRoom(source, inputs + end - begin);
            edgeKind = withRoom(edgeKind, source.length);
            inputBegin[position] = inputs;
            int open = 0;
            for (int e = begin; e < end; e++) {
                int from = first + graph.inTask(e);
                open += positionOf[from] == SystemState.NONE ? 0 : 1;
                edgeKind[inputs] = workload.edgeKind(app, e);
                source[inputs++] = source(state, from);
            }
            openInputs[position] = open;
            next = withRoom(next, nexts + graph.outEnd(node) - graph.outBegin(node));
            nextBegin[position] = nexts;
            for (int e = graph.outBegin(node); e < graph.outEnd(node); e++) {
                next[nexts++] = positionOf[first + graph.outTask(e)];
            }
        }
        inputBegin[size] = inputs;
        nextBegin[size] = nexts;
    }

    private int source(SystemState state, int task) {
        if (positionOf[task] != SystemState.NONE) {
            return positionOf[task];
        }
        int device = state.device(task);
        if (state.isRunning(task)) {
            return runningSource(device);
        }
        if (sources == fixedDevice.length) {
            fixedDevice = Arrays.copyOf(fixedDevice, 2 * sources);
            fixedMade = Arrays.copyOf(fixedMade, 2 * sources);
        }
        fixedDevice[sources] = device;
        fixedMade[sources] = state.isPlaced(task) ? state.estimatedFree(device) : state.finish(task);
        return runningSource(clusterOf.length) + sources++;
    }

    private static int[] withRoom(int[] array, int length) {
        return length <= array.length ? array : Arrays.copyOf(array, 2 * length);
    }

    int size() {
        return size;
    }

    /** Positions at most. */
    int room() {
        return room;
    }

    int task(int position) {
        return tasks[position];
    }

    /** The job of the task. */
    int slot(int position) {
        return slots[position];
    }

    double rank(int position) {
        return ranks[position];
    }

    /** Where the task stands, or {@link SystemState#NONE}. */
    int position(int task) {
        return positionOf[task];
    }

    /** Highest rank among the job's open tasks; 0 if it has none. */
    double workLeft(int slot) {
        return workLeft[slot];
    }

    /** The source that is what the device runs. */
    int runningSource(int device) {
        return room + device;
    }

    /** Upper bound of the numbers of sources. */
    int sourceLimit() {
        return runningSource(clusterOf.length) + sources;
    }

    /** Writes where the inputs are and since when that no plan changes. */
    void copyFixed(int[] device, double[] made) {
        int first = runningSource(clusterOf.length);
        System.arraycopy(fixedDevice, 0, device, first, sources);
        System.arraycopy(fixedMade, 0, made, first, sources);
    }
}
