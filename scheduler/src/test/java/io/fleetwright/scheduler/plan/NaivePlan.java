package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Assignments in a plain list; every answer comes from a walk over all of them. A task may have copies. */
final class NaivePlan {
    static final double NEVER = Double.POSITIVE_INFINITY;

    final Problem problem;
    final double[] freeFrom;
    final List<Assignment> placed = new ArrayList<>();

    NaivePlan(Problem problem) {
        this(
                problem,
                IntStream.range(0, problem.deviceCount())
                        .mapToDouble(device -> problem.platform().device(device).readyTime())
                        .toArray());
    }

    NaivePlan(Problem problem, double[] freeFrom) {
        this.problem = problem;
        this.freeFrom = freeFrom;
    }

    List<Assignment> copies(int task) {
        return placed.stream().filter(assignment -> assignment.task() == task).toList();
    }

    Assignment of(int task) {
        return copies(task).getFirst();
    }

    boolean has(int task) {
        return !copies(task).isEmpty();
    }

    boolean has(int task, int device) {
        return copies(task).stream().anyMatch(copy -> copy.device() == device);
    }

    List<Assignment> on(int device) {
        return placed.stream()
                .filter(assignment -> assignment.device() == device)
                .sorted(Comparator.comparingDouble(Assignment::start).thenComparingDouble(Assignment::finish))
                .toList();
    }

    /** When a copy's data is on {@code device}. */
    double arrival(Assignment from, double volume, int device) {
        return from.finish() + problem.platform().links().transferTime(volume, from.device(), device);
    }

    /** When the input of edge {@code in} is there from whichever copy is first; infinite if there is none. */
    double inputArrival(int in, int device) {
        return copies(problem.graph().inTask(in)).stream()
                .mapToDouble(copy -> arrival(copy, problem.graph().inVolume(in), device))
                .min()
                .orElse(NEVER);
    }

    /** When all inputs that have a place are there. */
    double arrival(int task, int device) {
        TaskGraph graph = problem.graph();
        return IntStream.range(graph.inBegin(task), graph.inEnd(task))
                .filter(in -> has(graph.inTask(in)))
                .mapToDouble(in -> inputArrival(in, device))
                .reduce(0, Math::max);
    }

    double cost(int task, int device) {
        return problem.costs().executionTime(task, device);
    }

    double end(int device) {
        return on(device).stream().mapToDouble(Assignment::finish).reduce(freeFrom[device], Math::max);
    }

    /** The first of all moments at which something ends that leaves {@code duration} free. */
    double gap(int device, double earliest, double duration) {
        double from = Math.max(earliest, freeFrom[device]);
        return Stream.concat(Stream.of(from), on(device).stream().map(Assignment::finish))
                .filter(moment -> moment >= from)
                .filter(moment -> on(device).stream()
                        .allMatch(busy -> moment + duration <= busy.start() || moment >= busy.finish()))
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    double start(int task, int device, Insertion insertion) {
        double cost = cost(task, device);
        double arrival = arrival(task, device);
        if (arrival + cost == NEVER || freeFrom[device] == NEVER) {
            return NEVER;
        }
        return insertion == Insertion.FILL_GAPS ? gap(device, arrival, cost) : Math.max(arrival, end(device));
    }

    double finish(int task, int device, Insertion insertion) {
        return start(task, device, insertion) + cost(task, device);
    }

    /** The lowest of the devices that finish it first; negative if none can. */
    int best(int task, Insertion insertion) {
        double[] finish = IntStream.range(0, problem.deviceCount())
                .mapToDouble(device -> finish(task, device, insertion))
                .toArray();
        double least = Arrays.stream(finish).min().orElseThrow();
        return least == NEVER
                ? -1
                : IntStream.range(0, finish.length)
                        .filter(device -> finish[device] == least)
                        .findFirst()
                        .orElseThrow();
    }

    void place(int task, int device, Insertion insertion) {
        double start = start(task, device, insertion);
        placed.add(new Assignment(task, device, start, start + cost(task, device)));
    }

    /** The newest copy goes. */
    void withdraw(int task) {
        placed.remove(placed.lastIndexOf(copies(task).getLast()));
    }

    Schedule toSchedule() {
        return Schedule.of(placed.stream()
                .sorted(Comparator.comparingInt(Assignment::task))
                .toList());
    }
}
