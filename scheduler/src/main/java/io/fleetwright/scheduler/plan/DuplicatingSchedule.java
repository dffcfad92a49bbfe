package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import java.util.ArrayList;
import java.util.List;

/**
 * A schedule under construction in which a task may run on several devices; a successor takes its data from the copy
 * whose data arrives first. Predecessors must be placed before their successors. Not thread-safe.
 */
public final class DuplicatingSchedule {
    private final Problem problem;
    private final TaskGraph graph;
    private final List<List<Assignment>> copies = new ArrayList<>();
    private final Timeline[] timelines;

    public DuplicatingSchedule(Problem problem) {
        this.problem = problem;
        graph = problem.graph();
        for (int task = 0; task < problem.taskCount(); task++) {
            copies.add(new ArrayList<>(1));
        }
        timelines = new Timeline[problem.deviceCount()];
        for (int device = 0; device < timelines.length; device++) {
            timelines[device] = new Timeline(problem.platform().device(device).readyTime());
        }
    }

    /** When the data of edge {@code in} (an incoming edge) can be at {@code device}; infinite if it cannot. */
    public double arrival(int in, int device) {
        double first = Double.POSITIVE_INFINITY;
        for (Assignment copy : copies.get(graph.inTask(in))) {
            first = Math.min(first, arrival(copy, in, device));
        }
        return first;
    }

    /** Start of {@code task} on {@code device}, gaps included; infinite when it cannot be there. */
    public double earliestStart(int task, int device) {
        double duration = problem.costs().executionTime(task, device);
        double arrival = 0;
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            arrival = Math.max(arrival, arrival(e, device));
        }
        return duration + arrival < Double.POSITIVE_INFINITY
                ? timelines[device].firstGap(arrival, duration)
                : Double.POSITIVE_INFINITY;
    }

    /** Runs {@code task} on {@code device} as early as possible, there and wherever else it already runs. */
    public void place(int task, int device) throws UnschedulableException {
        double start = earliestStart(task, device);
        if (start == Double.POSITIVE_INFINITY) {
            throw new UnschedulableException(
                    "task %d ('%s') cannot run on device %d".formatted(task, graph.name(task), device));
        }
        double finish = start + problem.costs().executionTime(task, device);
        timelines[device].add(start, finish);
        copies.get(task).add(new Assignment(task, device, start, finish));
    }

    /** Takes the newest copy of {@code task} back. */
    public void withdraw(int task) {
        Assignment newest = copies.get(task).removeLast();
        timelines[newest.device()].remove(newest.start(), newest.finish());
    }

    public boolean runsOn(int task, int device) {
        return copies.get(task).stream().anyMatch(copy -> copy.device() == device);
    }

    /** The finished schedule in order of task, without the copies that feed nothing. */
    public Schedule toSchedule() {
        List<List<Assignment>> kept = new ArrayList<>();
        for (int task = 0; task < graph.taskCount(); task++) {
            kept.add(new ArrayList<>(1));
        }
        for (int position = graph.taskCount() - 1; position >= 0; position--) {
            int task = graph.topologicalTask(position);
            if (graph.outBegin(task) == graph.outEnd(task)) {
                kept.get(task).add(copies.get(task).getFirst());
            }
            for (Assignment copy : kept.get(task)) {
                keepWhatFeeds(copy, kept);
            }
        }
        return Schedule.of(kept.stream().flatMap(List::stream).toList());
    }

    private void keepWhatFeeds(Assignment consumer, List<List<Assignment>> kept) {
        for (int e = graph.inBegin(consumer.task()); e < graph.inEnd(consumer.task()); e++) {
            Assignment first = copies.get(graph.inTask(e)).getFirst();
            for (Assignment copy : copies.get(graph.inTask(e))) {
                if (arrival(copy, e, consumer.device()) < arrival(first, e, consumer.device())) {
                    first = copy;
                }
            }
            List<Assignment> sources = kept.get(graph.inTask(e));
            if (!sources.contains(first)) {
                sources.add(first);
            }
        }
    }

    private double arrival(Assignment copy, int in, int device) {
        return copy.finish() + problem.platform().links().transferTime(graph.inVolume(in), copy.device(), device);
    }
}
