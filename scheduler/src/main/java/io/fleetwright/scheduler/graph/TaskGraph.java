package io.fleetwright.scheduler.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A directed acyclic graph of tasks {@code 0 .. taskCount-1}; an edge carries a volume of data.
 *
 * <p>Edges are stored twice as compressed rows. Walk those that leave a task with {@code for (int e =
 * graph.outBegin(task); e < graph.outEnd(task); e++)} and read {@code outTask(e)}, {@code outVolume(e)}; those that
 * enter it likewise with {@code in...}. Immutable, safe to share between threads.
 */
public final class TaskGraph {
    public static final int TASKS_MAX = 200_000;
    public static final int EDGES_MAX = 2_000_000;

    private final List<String> names;
    private final int[] outOffset;
    private final int[] outTask;
    private final double[] outVolume;
    private final int[] inOffset;
    private final int[] inTask;
    private final double[] inVolume;
    private final int[] topological;

    private TaskGraph(Builder builder) {
        int tasks = builder.names.size();
        if (tasks < 1) {
            throw new InvalidGraphException("a graph needs at least 1 task");
        }
        names = List.copyOf(builder.names);
        int edges = builder.edgeCount;
        outOffset = offsets(builder.from, edges, tasks);
        outTask = new int[edges];
        outVolume = new double[edges];
        inOffset = offsets(builder.to, edges, tasks);
        inTask = new int[edges];
        inVolume = new double[edges];
        int[] outNext = outOffset.clone();
        int[] inNext = inOffset.clone();
        for (int e = 0; e < edges; e++) {
            int out = outNext[builder.from[e]]++;
            outTask[out] = builder.to[e];
            outVolume[out] = builder.volume[e];
            int in = inNext[builder.to[e]]++;
            inTask[in] = builder.from[e];
            inVolume[in] = builder.volume[e];
        }
        rejectRepeatedEdges();
        topological = sortTopologically();
    }

    public static Builder builder() {
        return new Builder();
    }

    public int taskCount() {
        return names.size();
    }

    public int edgeCount() {
        return outTask.length;
    }

    public String name(int task) {
        return names.get(task);
    }

    public int outBegin(int task) {
        return outOffset[task];
    }

    public int outEnd(int task) {
        return outOffset[task + 1];
    }

    public int outTask(int edge) {
        return outTask[edge];
    }

    public double outVolume(int edge) {
        return outVolume[edge];
    }

    public int inBegin(int task) {
        return inOffset[task];
    }

    public int inEnd(int task) {
        return inOffset[task + 1];
    }

    public int inTask(int edge) {
        return inTask[edge];
    }

    public double inVolume(int edge) {
        return inVolume[edge];
    }

    public boolean isEntry(int task) {
        return inOffset[task] == inOffset[task + 1];
    }

    /**
     * The task at {@code position} of the arrival order: every task after its predecessors; entry tasks come by id, and
     * the others as their last predecessor is passed.
     */
    public int topologicalTask(int position) {
        return topological[position];
    }

    private static int[] offsets(int[] ends, int edges, int tasks) {
        int[] offset = new int[tasks + 1];
        for (int e = 0; e < edges; e++) {
            offset[ends[e] + 1]++;
        }
        for (int t = 0; t < tasks; t++) {
            offset[t + 1] += offset[t];
        }
        return offset;
    }

    private void rejectRepeatedEdges() {
        int[] lastSource = new int[taskCount()];
        Arrays.fill(lastSource, -1);
        for (int task = 0; task < taskCount(); task++) {
            for (int e = outBegin(task); e < outEnd(task); e++) {
                if (lastSource[outTask[e]] == task) {
                    throw new InvalidGraphException(
                            "edge %d -> %d is given more than once".formatted(task, outTask[e]));
                }
                lastSource[outTask[e]] = task;
            }
        }
    }

    private int[] sortTopologically() {
        int tasks = taskCount();
        int[] waitingFor = new int[tasks];
        int[] order = new int[tasks];
        int known = 0;
        for (int task = 0; task < tasks; task++) {
            waitingFor[task] = inEnd(task) - inBegin(task);
            if (waitingFor[task] == 0) {
                order[known++] = task;
            }
        }
        for (int done = 0; done < known; done++) {
            int task = order[done];
            for (int e = outBegin(task); e < outEnd(task); e++) {
                if (--waitingFor[outTask[e]] == 0) {
                    order[known++] = outTask[e];
                }
            }
        }
        if (known < tasks) {
            throw new InvalidGraphException(
                    "the graph has a cycle through task %d; it must be acyclic".formatted(taskOnCycle(waitingFor)));
        }
        return order;
    }

    /** Every task left over has a left-over predecessor, so walking backwards must come round. */
    private int taskOnCycle(int[] waitingFor) {
        int task = 0;
        while (waitingFor[task] == 0) {
            task++;
        }
        boolean[] seen = new boolean[taskCount()];
        while (!seen[task]) {
            seen[task] = true;
            int e = inBegin(task);
            while (waitingFor[inTask[e]] == 0) {
                e++;
            }
            task = inTask[e];
        }
        return task;
    }

    /** Collects tasks and edges; each call checks its own values, {@link #build} checks the whole. */
    public static final class Builder {
        private final List<String> names = new ArrayList<>();
        private int[] from = new int[16];
        private int[] to = new int[16];
        private double[] volume = new double[16];
        private int edgeCount;

        private Builder() {}

        /** Adds the next task; the first is 0. */
        public Builder task(String name) {
            if (names.size() == TASKS_MAX) {
                throw new InvalidGraphException("more than %d tasks".formatted(TASKS_MAX));
            }
            names.add(name);
            return this;
        }

        /** Adds {@code count} tasks named {@code t0, t1, ...} by their position. */
        public Builder tasks(int count) {
            if (count < 0 || count > TASKS_MAX - names.size()) {
                throw new InvalidGraphException(
                        "task count %d must be 0 to %d".formatted(count, TASKS_MAX - names.size()));
            }
            for (int i = 0; i < count; i++) {
                names.add("t" + names.size());
            }
            return this;
        }

        /** Says that {@code to} needs {@code volume} of data from {@code from}; both tasks must have been added. */
        public Builder edge(int from, int to, double volume) {
            checkTask("from", from, from, to);
            checkTask("to", to, from, to);
            if (from == to) {
                throw new InvalidGraphException("edge %d -> %d joins a task to itself".formatted(from, to));
            }
            if (!(volume >= 0 && volume < Double.POSITIVE_INFINITY)) {
                throw new InvalidGraphException(
                        "volume %s of edge %d -> %d must be finite and at least 0".formatted(volume, from, to));
            }
            if (edgeCount == EDGES_MAX) {
                throw new InvalidGraphException("more than %d edges".formatted(EDGES_MAX));
            }
            if (edgeCount == this.from.length) {
                int capacity = Math.min(EDGES_MAX, 2 * edgeCount);
                this.from = Arrays.copyOf(this.from, capacity);
                this.to = Arrays.copyOf(this.to, capacity);
                this.volume = Arrays.copyOf(this.volume, capacity);
            }
            this.from[edgeCount] = from;
            this.to[edgeCount] = to;
            this.volume[edgeCount] = volume;
            edgeCount++;
            return this;
        }

        /** @throws InvalidGraphException if there is no task, an edge is repeated, or the edges form a cycle */
        public TaskGraph build() {
            return new TaskGraph(this);
        }

        private void checkTask(String end, int task, int from, int to) {
            if (task < 0 || task >= names.size()) {
                throw new InvalidGraphException(
                        "edge %d -> %d: '%s' must be a task from 0 to %d".formatted(from, to, end, names.size() - 1));
            }
        }
    }
}
