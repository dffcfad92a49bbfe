package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Plans everything that is left of all jobs in the system, in several ways, and follows the plan that ends the jobs
 * soonest; at every event anew, so nothing is decided before it must be.
 *
 * <p>A plan is a list schedule: tasks in the order of a priority, each to the device that ends it first. Priorities are
 * a job's place in line (by arrival, by work left, by deadline, or by rank of its tasks), and random changes of the best so far. A
 * ready task is placed only when the plan starts it next on an idle device; the others are asked for again at the next
 * event.
 */
public final class RollingHorizon implements OnlinePolicy {
    /** With more tasks left than this, plans without backfilling lose to ETF, which then decides. */
    private static final int WINDOW_TASKS = 80;

    private static final int RULES = 5;
    /** A late job weighs as much as so much latency. */
    private static final double LATE_MICROS = 1e6;

    /** What a good plan is. */
    public enum Objective {
        /** The sum of the times at which the jobs end is small. */
        LATENCY,
        /** Few jobs end after their deadline; then as for latency. */
        DEADLINES
    }

    private final Objective objective;
    private final OnlinePolicy overload;
    private final int changes;
    private final SplittableRandom random;

    private int[] window = {};
    private double[] priority = {};
    private double[] best = {};
    private int windowSize;
    private double[] workLeft = {};

    private int[] plannedDevice = {};
    private double[] plannedStart = {};
    private double[] plannedFinish = {};
    private int[] waitingFor = {};
    private double[] priorityOf = {};
    private double[] deviceFree = {};
    private int[] heap = {};
    private int heapSize;

    private int[] bestDevice = {};
    private double[] bestStart = {};

    /**
     * @param objective what to plan for
     * @param changes random changes of the best plan that are tried per decision
     * @param seed decides which
     */
    public RollingHorizon(Objective objective, int changes, long seed) {
        this.objective = objective;
        this.changes = changes;
        overload = switch (objective) {
            case LATENCY -> new EarliestFinishFirst(EarliestFinishFirst.Tie.FIRST);
            case DEADLINES -> new EarliestFinishInOrder(EarliestFinishInOrder.Order.DEADLINE);
        };
        random = new SplittableRandom(seed);
    }

    @Override
    public void decide(SystemState state) {
        if (!collect(state)) {
            overload.decide(state);
            return;
        }
        double least = Double.POSITIVE_INFINITY;
        for (int rule = 0; rule < RULES; rule++) {
            prioritize(state, rule);
            least = keepIfBetter(least, plan(state));
        }
        for (int change = 0; change < changes; change++) {
            System.arraycopy(best, 0, priority, 0, windowSize);
            disturb();
            least = keepIfBetter(least, plan(state));
        }
        follow(state);
    }

    /** Whether everything that is left fits. */
    private boolean collect(SystemState state) {
        int limit = state.taskLimit();
        if (plannedDevice.length < limit) {
            plannedDevice = new int[limit];
            plannedStart = new double[limit];
            plannedFinish = new double[limit];
            waitingFor = new int[limit];
            priorityOf = new double[limit];
            bestDevice = new int[limit];
            bestStart = new double[limit];
            workLeft = new double[limit];
        }
        int room = WINDOW_TASKS + state.workload().tasksMax();
        window = Arrays.copyOf(window, Math.max(window.length, room));
        priority = Arrays.copyOf(priority, window.length);
        best = Arrays.copyOf(best, window.length);
        heap = Arrays.copyOf(heap, window.length);
        deviceFree = Arrays.copyOf(deviceFree, state.workload().deviceCount());
        windowSize = 0;
        for (int slot = state.firstJob();
                slot != SystemState.NONE && windowSize <= WINDOW_TASKS;
                slot = state.nextJob(slot)) {
            double left = 0;
            int tasks = state.workload().graph(state.application(slot)).taskCount();
            for (int node = 0; node < tasks; node++) {
                int task = state.taskOf(slot, node);
                if (!state.isDone(task) && !state.isRunning(task) && !state.isPlaced(task)) {
                    window[windowSize++] = task;
                    left = Math.max(left, state.rank(task));
                }
            }
            workLeft[slot] = left;
        }
        return windowSize <= WINDOW_TASKS;
    }

    private void prioritize(SystemState state, int rule) {
        for (int i = 0; i < windowSize; i++) {
            int task = window[i];
            int slot = state.slotOf(task);
            double rank = state.rank(task);
            priority[i] = switch (rule) {
                case 0 -> state.jobNumber(slot) * 1e6 - rank;
                case 1 -> workLeft[slot] * 1e3 - rank;
                case 2 -> -rank;
                case 3 -> slack(state, slot) - rank;
                default -> state.arrivalOfJob(slot) + workLeft[slot] - rank;
            };
        }
    }

    /** By deadline, after all jobs that can still keep theirs when it no longer can. */
    private double slack(SystemState state, int slot) {
        double deadline = state.deadlineOfJob(slot);
        if (deadline == Double.POSITIVE_INFINITY) {
            return state.arrivalOfJob(slot);
        }
        return state.now() + 0.5 * workLeft[slot] > deadline ? deadline + LATE_MICROS : deadline;
    }

    /** Exchanges the priorities of a few pairs of tasks. */
    private void disturb() {
        if (windowSize == 0) {
            return;
        }
        int moves = 1 + random.nextInt(3);
        for (int move = 0; move < moves; move++) {
            int from = random.nextInt(windowSize);
            int to = random.nextInt(windowSize);
            double swapped = priority[from];
            priority[from] = priority[to];
            priority[to] = swapped;
        }
    }

    /** What the plan of the present priorities costs by the objective. */
    private double plan(SystemState state) {
        Workload workload = state.workload();
        for (int device = 0; device < deviceFree.length; device++) {
            deviceFree[device] = free(state, device);
        }
        heapSize = 0;
        for (int i = 0; i < windowSize; i++) {
            priorityOf[window[i]] = priority[i];
        }
        for (int i = 0; i < windowSize; i++) {
            int task = window[i];
            int slot = state.slotOf(task);
            TaskGraph graph = workload.graph(state.application(slot));
            int node = state.node(task);
            int waiting = 0;
            for (int e = graph.inBegin(node); e < graph.inEnd(node); e++) {
                int from = state.taskOf(slot, graph.inTask(e));
                if (isPlanned(state, from)) {
                    waiting++;
                }
            }
            waitingFor[task] = waiting;
            if (waiting == 0) {
                push(task);
            }
        }
        double sum = 0;
        while (heapSize > 0) {
            int task = pop();
            double finish = planOne(state, task);
            int slot = state.slotOf(task);
            TaskGraph graph = workload.graph(state.application(slot));
            int node = state.node(task);
            if (graph.outBegin(node) == graph.outEnd(node)) {
                boolean late = objective == Objective.DEADLINES && finish > state.deadlineOfJob(slot);
                sum += late ? finish + LATE_MICROS : finish;
            }
            for (int e = graph.outBegin(node); e < graph.outEnd(node); e++) {
                int next = state.taskOf(slot, graph.outTask(e));
                if (--waitingFor[next] == 0) {
                    push(next);
                }
            }
        }
        return sum;
    }

    private static double free(SystemState state, int device) {
        if (!state.isOnline(device)) {
            return Double.POSITIVE_INFINITY;
        }
        int running = state.runningTask(device);
        double free = running == SystemState.NONE ? state.now() : state.finish(running);
        return state.queueLength(device) == 0 ? free : Math.max(free, state.estimatedFree(device));
    }

    private static boolean isPlanned(SystemState state, int task) {
        return !state.isDone(task) && !state.isRunning(task) && !state.isPlaced(task);
    }

    private double planOne(SystemState state, int task) {
        Workload workload = state.workload();
        int slot = state.slotOf(task);
        int app = state.application(slot);
        TaskGraph graph = workload.graph(app);
        int node = state.node(task);
        double earliest = Double.POSITIVE_INFINITY;
        double begin = Double.POSITIVE_INFINITY;
        int chosen = 0;
        for (int device = 0; device < deviceFree.length; device++) {
            double execution = state.execution(task, device);
            if (execution + deviceFree[device] >= earliest) {
                continue;
            }
            double start = deviceFree[device];
            for (int e = graph.inBegin(node); e < graph.inEnd(node); e++) {
                int from = state.taskOf(slot, graph.inTask(e));
                boolean planned = isPlanned(state, from);
                double made = planned ? plannedFinish[from] : madeAt(state, from);
                int source = planned ? plannedDevice[from] : state.device(from);
                start = Math.max(start, made + state.transfer(app, e, source, device));
            }
            if (start + execution < earliest) {
                earliest = start + execution;
                begin = start;
                chosen = device;
            }
        }
        plannedDevice[task] = chosen;
        plannedStart[task] = begin;
        plannedFinish[task] = earliest;
        deviceFree[chosen] = Math.max(deviceFree[chosen], earliest);
        return earliest;
    }

    private static double madeAt(SystemState state, int task) {
        return state.isPlaced(task) ? state.estimatedFree(state.device(task)) : state.finish(task);
    }

    private double keepIfBetter(double least, double sum) {
        if (!(sum < least)) {
            return least;
        }
        System.arraycopy(priority, 0, best, 0, windowSize);
        for (int i = 0; i < windowSize; i++) {
            bestDevice[window[i]] = plannedDevice[window[i]];
            bestStart[window[i]] = plannedStart[window[i]];
        }
        return sum;
    }

    /** What starts now is placed; so is all that is ready when nothing else would happen to ask again. */
    private void follow(SystemState state) {
        boolean asksAgain = false;
        for (int device = 0; device < deviceFree.length; device++) {
            asksAgain |= state.runningTask(device) != SystemState.NONE;
        }
        int count = state.readyCount();
        for (int i = 0; i < count; i++) {
            int task = state.readyTask(i);
            if (!isPlanned(state, task) || !inWindow(task)) {
                continue;
            }
            int device = bestDevice[task];
            boolean now = state.isIdle(device) && state.queueLength(device) == 0 && isNextOn(task, device);
            if (state.isOnline(device) && (now || !asksAgain) && bestStart[task] < Double.POSITIVE_INFINITY) {
                state.place(task, device, bestStart[task] + state.execution(task, device), bestStart[task]);
            }
        }
    }

    private boolean inWindow(int task) {
        for (int i = 0; i < windowSize; i++) {
            if (window[i] == task) {
                return true;
            }
        }
        return false;
    }

    private boolean isNextOn(int task, int device) {
        for (int i = 0; i < windowSize; i++) {
            int other = window[i];
            if (other != task && bestDevice[other] == device && bestStart[other] < bestStart[task]) {
                return false;
            }
        }
        return true;
    }

    // ---- tasks by rising priority value ----

    private void push(int task) {
        int hole = heapSize++;
        while (hole > 0) {
            int parent = (hole - 1) >>> 1;
            if (priorityOf[heap[parent]] <= priorityOf[task]) {
                break;
            }
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = task;
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
            if (child + 1 < heapSize && priorityOf[heap[child + 1]] < priorityOf[heap[child]]) {
                child++;
            }
            if (priorityOf[last] <= priorityOf[heap[child]]) {
                break;
            }
            heap[hole] = heap[child];
            hole = child;
        }
        heap[hole] = last;
        return first;
    }
}
