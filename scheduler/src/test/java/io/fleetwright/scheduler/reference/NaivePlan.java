package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.SystemState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A list schedule of every task that has no device yet, over maps: the lowest priority value of those whose inputs are made or
 * planned, each to the device of least finish and toll. Of equal values the one that a binary heap brings up first.
 */
final class NaivePlan {
    static final int NONE = SystemState.NONE;

    /** Where and when a task is planned; nowhere and never if nothing that is there runs it. */
    record Planned(int device, double start, double finish) {
        static final Planned NEVER = new Planned(NONE, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /** What a plan follows from. */
    static final class Wishes {
        final Map<Integer, Double> priority = new HashMap<>();
        /** By task: clusters that it keeps off. */
        final Map<Integer, Set<Integer>> avoided = new HashMap<>();

        final double[] toll;
        /** How much longer than at the present clock. */
        final double[] stretch;

        Wishes(SystemState state) {
            toll = new double[state.workload().clusterCount()];
            stretch = new double[toll.length];
            Arrays.fill(stretch, 1);
        }

        private Wishes(Wishes other) {
            priority.putAll(other.priority);
            other.avoided.forEach((task, clusters) -> avoided.put(task, new HashSet<>(clusters)));
            toll = other.toll.clone();
            stretch = other.stretch.clone();
        }

        Wishes copy() {
            return new Wishes(this);
        }

        void exchange(int one, int other) {
            double first = priority.getOrDefault(one, 0.0);
            priority.put(one, priority.getOrDefault(other, 0.0));
            priority.put(other, first);
        }

        void avoidOrNot(int task, int cluster) {
            Set<Integer> clusters = avoided.computeIfAbsent(task, _ -> new HashSet<>());
            if (!clusters.remove(cluster)) {
                clusters.add(cluster);
            }
        }
    }

    private final SystemState state;
    private final Wishes wishes;
    private final double[] free;
    private final Map<Integer, Planned> planned = new HashMap<>();

    private NaivePlan(SystemState state, Wishes wishes) {
        this.state = state;
        this.wishes = wishes;
        free = new double[state.workload().deviceCount()];
        Arrays.setAll(free, this::free);
    }

    static NaivePlan of(SystemState state, Wishes wishes) {
        var plan = new NaivePlan(state, wishes);
        plan.make(open(state));
        return plan;
    }

    /** Slots of all jobs in the system. */
    static List<Integer> jobs(SystemState state) {
        List<Integer> slots = new ArrayList<>();
        for (int slot = state.firstJob(); slot != NONE; slot = state.nextJob(slot)) {
            slots.add(slot);
        }
        return slots;
    }

    static List<Integer> tasks(SystemState state, int slot) {
        List<Integer> tasks = new ArrayList<>();
        for (int node = 0; node < graph(state, slot).taskCount(); node++) {
            tasks.add(state.taskOf(slot, node));
        }
        return tasks;
    }

    /** Those without a device, by job and node. */
    static List<Integer> open(SystemState state) {
        return jobs(state).stream()
                .flatMap(slot -> tasks(state, slot).stream())
                .filter(task -> isOpen(state, task))
                .toList();
    }

    private static boolean isOpen(SystemState state, int task) {
        return !state.isPlaced(task) && !state.isRunning(task) && !state.isDone(task);
    }

    private static TaskGraph graph(SystemState state, int slot) {
        return state.workload().graph(state.application(slot));
    }

    /** The longest way to the end from what is open of a job. */
    static double workLeft(SystemState state, int slot) {
        return tasks(state, slot).stream()
                .filter(task -> isOpen(state, task))
                .mapToDouble(state::rank)
                .reduce(0, Math::max);
    }

    private void make(List<Integer> open) {
        Map<Integer, Integer> missing = new HashMap<>();
        var candidates =
                new PriorityQueue<Integer>(Comparator.comparingDouble(task -> wishes.priority.getOrDefault(task, 0.0)));
        Set<Integer> still = new HashSet<>(open);
        for (int task : open) {
            int inputs = (int) inputs(task).stream().filter(still::contains).count();
            missing.put(task, inputs);
            if (inputs == 0) {
                candidates.add(task);
            }
        }
        while (!candidates.isEmpty()) {
            int task = candidates.remove();
            Planned best = best(task, wishes.avoided.getOrDefault(task, Set.of()));
            best = best.device() == NONE ? best(task, Set.of()) : best;
            planned.put(task, best);
            if (best.device() != NONE) {
                free[best.device()] = Math.max(free[best.device()], best.finish());
            }
            for (int next : outputs(task)) {
                if (missing.merge(next, -1, Integer::sum) == 0) {
                    candidates.add(next);
                }
            }
        }
    }

    private List<Integer> inputs(int task) {
        TaskGraph graph = graph(state, state.slotOf(task));
        int node = state.node(task);
        return IntStream.range(graph.inBegin(node), graph.inEnd(node))
                .mapToObj(e -> state.taskOf(state.slotOf(task), graph.inTask(e)))
                .toList();
    }

    private List<Integer> outputs(int task) {
        TaskGraph graph = graph(state, state.slotOf(task));
        int node = state.node(task);
        return IntStream.range(graph.outBegin(node), graph.outEnd(node))
                .mapToObj(e -> state.taskOf(state.slotOf(task), graph.outTask(e)))
                .toList();
    }

    private Planned best(int task, Set<Integer> avoided) {
        Planned best = Planned.NEVER;
        double least = Double.POSITIVE_INFINITY;
        List<Planned> made = inputs(task).stream()
                .map(input -> planned.containsKey(input) ? of(input) : present(input))
                .toList();
        for (int device = 0; device < free.length; device++) {
            int cluster = state.workload().clusterOf(device);
            if (!avoided.contains(cluster)) {
                double execution = state.execution(task, device) * wishes.stretch[cluster];
                double start = Math.max(free[device], inputsAt(task, made, device));
                double cost = start + execution * (1 + wishes.toll[cluster]);
                if (cost < least) {
                    least = cost;
                    best = new Planned(device, start, start + execution);
                }
            }
        }
        return best;
    }

    private double inputsAt(int task, List<Planned> made, int device) {
        int slot = state.slotOf(task);
        int edge = graph(state, slot).inBegin(state.node(task));
        double latest = Double.NEGATIVE_INFINITY;
        for (Planned input : made) {
            latest = input.device() == NONE
                    ? Double.POSITIVE_INFINITY
                    : Math.max(
                            latest,
                            input.finish() + state.transfer(state.application(slot), edge, input.device(), device));
            edge++;
        }
        return latest;
    }

    /** Of one that has a device: what is known of its end. */
    private Planned present(int task) {
        int device = state.device(task);
        if (state.isPlaced(task)) {
            return new Planned(device, 0, state.estimatedFree(device));
        }
        return new Planned(device, 0, state.isRunning(task) ? runningUntil(device) : state.finish(task));
    }

    private double free(int device) {
        if (!state.isOnline(device)) {
            return Double.POSITIVE_INFINITY;
        }
        return state.queueLength(device) == 0
                ? runningUntil(device)
                : Math.max(runningUntil(device), state.estimatedFree(device));
    }

    /** When what runs there ends, its rest stretched like everything of its cluster. */
    double runningUntil(int device) {
        int running = state.runningTask(device);
        return running == NONE
                ? state.now()
                : state.now()
                        + (state.finish(running) - state.now())
                                * wishes.stretch[state.workload().clusterOf(device)];
    }

    Planned of(int task) {
        return planned.getOrDefault(task, Planned.NEVER);
    }

    /** Latest end of what is planned of a job; minus infinity without any. */
    double jobEnd(int slot) {
        return tasks(state, slot).stream()
                .filter(planned::containsKey)
                .mapToDouble(task -> of(task).finish())
                .reduce(Double.NEGATIVE_INFINITY, Math::max);
    }
}
