package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;

/**
 * Every task of all jobs in the system that has no device yet, and list schedules of them: in the order of a priority,
 * each to the device of the least cost. The cost is the finish, and for each microsecond of execution what {@link #toll}
 * asks.
 */
final class Window {
    private static final long ALL_CLUSTERS = 0;

    private int size;
    private int[] tasks = {};
    /** By position in the window: the lower comes first. */
    double[] priority = {};
    /** By position in the window: clusters, as bits, that the task is not to run on while another can run it. */
    long[] avoided = {};
    /** By cluster: what a microsecond of execution costs, in microseconds of finish. */
    double[] toll = {};
    /** By cluster: how much longer than now, by its clock, tasks take there. */
    double[] stretch = {};

    private double[] workLeft = {};
    private int[] positionOf = {};
    private int[] plannedDevice = {};
    private double[] plannedStart = {};
    private double[] plannedFinish = {};
    private int[] waitingFor = {};
    private double[] jobEnd = {};
    private double[] deviceFree = {};

    /** Of the task that is being placed. */
    private int inputs;

    private int[] inputDevice = new int[8];
    private double[] inputMade = new double[8];
    private long[] hasInput = {};
    private long gathered;

    private int[] heap = {};
    private int heapSize;

    private double[] keptPriority = {};
    private long[] keptAvoided = {};
    private double[] keptToll = {};
    private int[] keptDevice = {};
    private double[] keptStart = {};

    /** Fills the window; whether at most {@code limit} tasks are left, so that all are in it. */
    boolean collect(SystemState state, int limit) {
        makeRoom(state, limit);
        size = 0;
        for (int slot = state.firstJob(); slot != SystemState.NONE && size <= limit; slot = state.nextJob(slot)) {
            double left = 0;
            int count = state.workload().graph(state.application(slot)).taskCount();
            for (int node = 0; node < count; node++) {
                int task = state.taskOf(slot, node);
                positionOf[task] = SystemState.NONE;
                if (isOpen(state, task)) {
                    positionOf[task] = size;
                    tasks[size++] = task;
                    left = Math.max(left, state.rank(task));
                }
            }
            workLeft[slot] = left;
        }
        return size <= limit;
    }

    private void makeRoom(SystemState state, int limit) {
        Workload workload = state.workload();
        int numbers = state.taskLimit();
        if (plannedDevice.length < numbers) {
            positionOf = new int[numbers];
            plannedDevice = new int[numbers];
            plannedStart = new double[numbers];
            plannedFinish = new double[numbers];
            waitingFor = new int[numbers];
            workLeft = new double[numbers];
            jobEnd = new double[numbers];
        }
        int room = limit + workload.tasksMax();
        if (tasks.length < room) {
            tasks = new int[room];
            priority = new double[room];
            avoided = new long[room];
            heap = new int[room];
            keptPriority = new double[room];
            keptAvoided = new long[room];
            keptDevice = new int[room];
            keptStart = new double[room];
        }
        if (deviceFree.length == 0) {
            deviceFree = new double[workload.deviceCount()];
            hasInput = new long[workload.deviceCount()];
            toll = new double[workload.clusterCount()];
            keptToll = new double[workload.clusterCount()];
            stretch = new double[workload.clusterCount()];
            Arrays.fill(stretch, 1);
        }
    }

    private static boolean isOpen(SystemState state, int task) {
        return !state.isDone(task) && !state.isRunning(task) && !state.isPlaced(task);
    }

    int size() {
        return size;
    }

    int task(int position) {
        return tasks[position];
    }

    /** Where the task stands in the window, or {@link SystemState#NONE}. */
    int position(int task) {
        return positionOf[task];
    }

    /** Highest rank among the job's tasks in the window; 0 if it has none there. */
    double workLeft(int slot) {
        return workLeft[slot];
    }

    int device(int task) {
        return plannedDevice[task];
    }

    double start(int task) {
        return plannedStart[task];
    }

    double finish(int task) {
        return plannedFinish[task];
    }

    /** When the job's last task in the window ends; minus infinity if it has none there, infinity if one cannot run now. */
    double jobEnd(int slot) {
        return jobEnd[slot];
    }

    /** When what runs on the device now ends, at the clock that {@link #stretch} stands for. */
    double runningUntil(SystemState state, int device) {
        int running = state.runningTask(device);
        double now = state.now();
        return running == SystemState.NONE
                ? now
                : now + (state.finish(running) - now) * stretch[state.workload().clusterOf(device)];
    }

    /** Plans the tasks in the window. */
    void plan(SystemState state) {
        for (int device = 0; device < deviceFree.length; device++) {
            deviceFree[device] = free(state, device);
        }
        for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
            jobEnd[slot] = Double.NEGATIVE_INFINITY;
        }
        heapSize = 0;
        for (int i = 0; i < size; i++) {
            int task = tasks[i];
            waitingFor[task] = openInputs(state, task);
            if (waitingFor[task] == 0) {
                push(i);
            }
        }
        while (heapSize > 0) {
            int position = pop();
            int task = tasks[position];
            place(state, task, avoided[position]);
            if (plannedDevice[task] == SystemState.NONE) {
                place(state, task, ALL_CLUSTERS);
            }
            pass(state, task);
        }
    }

    private double free(SystemState state, int device) {
        if (!state.isOnline(device)) {
            return Double.POSITIVE_INFINITY;
        }
        double free = runningUntil(state, device);
        return state.queueLength(device) == 0 ? free : Math.max(free, state.estimatedFree(device));
    }

    private static int openInputs(SystemState state, int task) {
        int slot = state.slotOf(task);
        TaskGraph graph = state.workload().graph(state.application(slot));
        int node = state.node(task);
        int open = 0;
        for (int e = graph.inBegin(node); e < graph.inEnd(node); e++) {
            if (isOpen(state, state.taskOf(slot, graph.inTask(e)))) {
                open++;
            }
        }
        return open;
    }

    private void pass(SystemState state, int task) {
        int slot = state.slotOf(task);
        TaskGraph graph = state.workload().graph(state.application(slot));
        int node = state.node(task);
        jobEnd[slot] = Math.max(jobEnd[slot], plannedFinish[task]);
        for (int e = graph.outBegin(node); e < graph.outEnd(node); e++) {
            int next = state.taskOf(slot, graph.outTask(e));
            if (--waitingFor[next] == 0) {
                push(positionOf[next]);
            }
        }
    }

    private void place(SystemState state, int task, long avoid) {
        Workload workload = state.workload();
        gatherInputs(state, task);
        double least = Double.POSITIVE_INFINITY;
        int chosen = SystemState.NONE;
        double begin = Double.POSITIVE_INFINITY;
        double end = Double.POSITIVE_INFINITY;
        int cluster = SystemState.NONE;
        double execution = 0;
        double cost = 0;
        double arrival = 0;
        for (int device = 0; device < deviceFree.length; device++) {
            if (workload.clusterOf(device) != cluster) {
                cluster = workload.clusterOf(device);
                execution = state.execution(task, device) * stretch[cluster];
                cost = (avoid >>> cluster & 1) == 0 ? execution * (1 + toll[cluster]) : Double.POSITIVE_INFINITY;
                arrival = cost < Double.POSITIVE_INFINITY ? inputsAt(state, task, SystemState.NONE, cluster) : 0;
            }
            if (deviceFree[device] + cost >= least) {
                continue;
            }
            double inputs = hasInput[device] == gathered ? inputsAt(state, task, device, cluster) : arrival;
            double start = Math.max(deviceFree[device], inputs);
            if (start + cost < least) {
                least = start + cost;
                begin = start;
                end = start + execution;
                chosen = device;
            }
        }
        plannedDevice[task] = chosen;
        plannedStart[task] = begin;
        plannedFinish[task] = end;
        if (chosen != SystemState.NONE) {
            deviceFree[chosen] = Math.max(deviceFree[chosen], end);
        }
    }

    /** Where the inputs are and since when. */
    private void gatherInputs(SystemState state, int task) {
        int slot = state.slotOf(task);
        TaskGraph graph = state.workload().graph(state.application(slot));
        int node = state.node(task);
        gathered++;
        inputs = 0;
        for (int e = graph.inBegin(node); e < graph.inEnd(node); e++) {
            int from = state.taskOf(slot, graph.inTask(e));
            boolean planned = positionOf[from] != SystemState.NONE;
            if (inputs == inputDevice.length) {
                inputDevice = Arrays.copyOf(inputDevice, 2 * inputs);
                inputMade = Arrays.copyOf(inputMade, 2 * inputs);
            }
            inputDevice[inputs] = planned ? plannedDevice[from] : state.device(from);
            inputMade[inputs] = planned ? plannedFinish[from] : madeAt(state, from);
            if (inputDevice[inputs] != SystemState.NONE) {
                hasInput[inputDevice[inputs]] = gathered;
            }
            inputs++;
        }
    }

    /** When the gathered inputs are on a device of the cluster: on {@code device}, or on one that has none of them. */
    private double inputsAt(SystemState state, int task, int device, int cluster) {
        int app = state.application(state.slotOf(task));
        int edge = state.workload().graph(app).inBegin(state.node(task));
        double latest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < inputs; i++) {
            if (inputDevice[i] == SystemState.NONE) {
                return Double.POSITIVE_INFINITY;
            }
            double transfer = inputDevice[i] == device
                    ? state.transfer(app, edge + i, device, device)
                    : state.transferToCluster(app, edge + i, inputDevice[i], cluster);
            latest = Math.max(latest, inputMade[i] + transfer);
        }
        return latest;
    }

    private double madeAt(SystemState state, int task) {
        if (state.isPlaced(task)) {
            return state.estimatedFree(state.device(task));
        }
        return state.isRunning(task) ? runningUntil(state, state.device(task)) : state.finish(task);
    }

    // ---- the plan to follow ----

    /** Remembers the present plan and what led to it. */
    void keep() {
        System.arraycopy(priority, 0, keptPriority, 0, size);
        System.arraycopy(avoided, 0, keptAvoided, 0, size);
        System.arraycopy(toll, 0, keptToll, 0, toll.length);
        for (int i = 0; i < size; i++) {
            keptDevice[i] = plannedDevice[tasks[i]];
            keptStart[i] = plannedStart[tasks[i]];
        }
    }

    /** Takes back what led to the kept plan. */
    void restore() {
        System.arraycopy(keptPriority, 0, priority, 0, size);
        System.arraycopy(keptAvoided, 0, avoided, 0, size);
        System.arraycopy(keptToll, 0, toll, 0, toll.length);
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
            int position = positionOf[task];
            if (position == SystemState.NONE || keptStart[position] == Double.POSITIVE_INFINITY) {
                continue;
            }
            int device = keptDevice[position];
            boolean now = state.isIdle(device) && state.queueLength(device) == 0 && isNext(position);
            if (state.isOnline(device) && (now || !asksAgain)) {
                double start = keptStart[position];
                state.place(task, device, start + state.execution(task, device), start);
            }
        }
    }

    private boolean isNext(int position) {
        for (int other = 0; other < size; other++) {
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
