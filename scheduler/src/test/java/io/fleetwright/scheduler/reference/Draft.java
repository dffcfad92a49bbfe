package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A list of what has been placed; every question is answered by walking over it. Tasks may have copies. */
final class Draft {
    /** Where a task may go on a device. */
    enum Room {
        /** Behind all others. */
        AT_THE_END,
        /** Also between others. */
        ANYWHERE
    }

    final RawProblem problem;
    private final List<Assignment> placed;

    Draft(RawProblem problem) {
        this(problem, List.of());
    }

    private Draft(RawProblem problem, List<Assignment> placed) {
        this.problem = problem;
        this.placed = new ArrayList<>(placed);
    }

    static Draft of(RawProblem problem, List<Assignment> placed) {
        return new Draft(problem, placed);
    }

    Draft copy() {
        return new Draft(problem, placed);
    }

    boolean has(int task) {
        return placed.stream().anyMatch(assignment -> assignment.task() == task);
    }

    boolean has(int task, int device) {
        return placed.stream().anyMatch(assignment -> assignment.task() == task && assignment.device() == device);
    }

    /** The first copy. */
    Assignment of(int task) {
        return copies(task).getFirst();
    }

    List<Assignment> copies(int task) {
        return placed.stream().filter(assignment -> assignment.task() == task).toList();
    }

    double free(int device) {
        return on(device).map(Assignment::finish).reduce(problem.ready()[device], Math::max);
    }

    /** When the data of {@code edge} is on {@code device}, from whichever copy is first; infinite if never. */
    double arrival(Edge edge, int device) {
        return copies(edge.from()).stream()
                .mapToDouble(copy -> copy.finish() + problem.transfer(edge.volume(), copy.device(), device))
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** When the data of all placed predecessors is on {@code device}; 0 for none. */
    double arrival(int task, int device) {
        return problem.into(task).stream()
                .filter(edge -> has(edge.from()))
                .mapToDouble(edge -> arrival(edge, device))
                .reduce(0, Math::max);
    }

    /** Infinite if it does not run there or an input cannot get there. */
    double start(int task, int device, Room room) {
        double cost = problem.cost(task, device);
        double arrival = Math.max(arrival(task, device), problem.ready()[device]);
        if (arrival + cost == Double.POSITIVE_INFINITY) {
            return Double.POSITIVE_INFINITY;
        }
        if (room == Room.AT_THE_END) {
            return Math.max(arrival, free(device));
        }
        return Stream.concat(Stream.of(arrival), on(device).map(Assignment::finish))
                .filter(from -> from >= arrival)
                .filter(from -> on(device).allMatch(busy -> from + cost <= busy.start() || from >= busy.finish()))
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    double finish(int task, int device, Room room) {
        return start(task, device, room) + problem.cost(task, device);
    }

    /** The first device of the earliest finish. */
    int best(int task, Room room) throws UnschedulableException {
        int best = -1;
        double earliest = Double.POSITIVE_INFINITY;
        for (int device = 0; device < problem.devices(); device++) {
            if (finish(task, device, room) < earliest) {
                earliest = finish(task, device, room);
                best = device;
            }
        }
        return required(task, best);
    }

    void place(int task, int device, Room room) {
        double start = start(task, device, room);
        placed.add(new Assignment(task, device, start, start + problem.cost(task, device)));
    }

    static int required(int task, int device) throws UnschedulableException {
        if (device < 0) {
            throw new UnschedulableException("task %d fits nowhere".formatted(task));
        }
        return device;
    }

    /** Tasks without a place whose predecessors all have one. */
    List<Integer> ready() {
        List<Integer> ready = new ArrayList<>();
        for (int task = 0; task < problem.tasks(); task++) {
            if (!has(task) && problem.into(task).stream().map(Edge::from).allMatch(this::has)) {
                ready.add(task);
            }
        }
        return ready;
    }

    boolean isComplete() {
        return placed.stream().map(Assignment::task).distinct().count() == problem.tasks();
    }

    Schedule toSchedule() {
        return Schedule.of(placed.stream()
                .sorted(Comparator.comparingInt(Assignment::task))
                .toList());
    }

    private Stream<Assignment> on(int device) {
        return placed.stream().filter(assignment -> assignment.device() == device);
    }
}
