package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Alternative.Impossible;
import io.fleetwright.scheduler.plan.Alternative.Obstacle;
import io.fleetwright.scheduler.plan.Alternative.Possible;
import io.fleetwright.scheduler.plan.Alternative.Standing;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Why a task of a finished plan is where it is: what each device would have offered, were only this task moved. A pure
 * function of problem and plan, whichever algorithm made it.
 */
public final class Explanation {
    /** The chosen device comes before all others, then what would finish sooner; the lowest of equals. */
    private static final Comparator<Possible> ORDER = Comparator.comparing(
                    (Possible candidate) -> candidate.standing() != Standing.CHOSEN)
            .thenComparingDouble(Possible::finish)
            .thenComparingInt(Possible::device);

    private final Problem problem;
    private final TaskGraph graph;
    private final Links links;
    private final Assignment[] byTask;
    private final Timeline[] timelines;

    /**
     * @param schedule valid, with each task once
     * @throws IllegalArgumentException with the first violation if it is not
     */
    public Explanation(Problem problem, Schedule schedule) {
        List<Violation> violations = ScheduleChecker.check(problem, schedule);
        if (!violations.isEmpty()) {
            throw new IllegalArgumentException("the schedule is not valid: " + violations.getFirst());
        }
        this.problem = problem;
        graph = problem.graph();
        links = problem.platform().links();
        byTask = schedule.assignments().stream()
                .sorted(Comparator.comparingInt(Assignment::task))
                .toArray(Assignment[]::new);
        timelines = new Timeline[problem.deviceCount()];
        for (int device = 0; device < timelines.length; device++) {
            timelines[device] = new Timeline(problem.platform().device(device).readyTime());
        }
        schedule.assignments().stream()
                .sorted(Comparator.comparingDouble(Assignment::start).thenComparingDouble(Assignment::finish))
                .forEach(assignment -> timelines[assignment.device()].add(assignment.start(), assignment.finish()));
    }

    /** All devices: the chosen one, then the possible ones by finish, then the others by number. */
    public List<Alternative> of(int task) {
        if (task < 0 || task >= byTask.length) {
            throw new IllegalArgumentException("task (%d) must be 0 to %d".formatted(task, byTask.length - 1));
        }
        Assignment chosen = byTask[task];
        Possible planned = candidate(chosen, chosen.device(), chosen.start(), Standing.CHOSEN);
        Timeline own = timelines[chosen.device()];
        own.remove(chosen.start(), chosen.finish());
        List<Possible> possible = new ArrayList<>(List.of(planned));
        List<Impossible> impossible = new ArrayList<>();
        for (int device = 0; device < timelines.length; device++) {
            double execution = problem.costs().executionTime(task, device);
            double arrival = arrival(task, device);
            if (execution == CostTable.CANNOT_RUN) {
                impossible.add(new Impossible(device, Obstacle.CANNOT_RUN));
            } else if (arrival == Double.POSITIVE_INFINITY) {
                impossible.add(new Impossible(device, Obstacle.NO_LINK));
            } else if (device != chosen.device()) {
                double start = timelines[device].firstGap(arrival, execution);
                possible.add(judged(planned, candidate(chosen, device, start, Standing.AS_GOOD)));
            }
        }
        own.add(chosen.start(), chosen.finish());
        possible.sort(ORDER);
        List<Alternative> all = new ArrayList<>(possible);
        all.addAll(impossible);
        return all;
    }

    /** Energy of the task's run there; empty where the device's power is unknown. */
    public OptionalDouble joules(Possible candidate) {
        return problem.platform().device(candidate.device()).joules(candidate.execution());
    }

    private Possible candidate(Assignment chosen, int device, double start, Standing standing) {
        int task = chosen.task();
        double released = 0;
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            released = Math.max(released, byTask[graph.inTask(e)].finish());
        }
        double transfer = Math.max(0, arrival(task, device) - released);
        double execution = problem.costs().executionTime(task, device);
        double finish = device == chosen.device() ? chosen.finish() : start + execution;
        return new Possible(
                device,
                start,
                finish,
                transfer,
                start - released - transfer,
                execution,
                finish - chosen.finish(),
                delay(task, device, finish),
                standing);
    }

    private Possible judged(Possible planned, Possible candidate) {
        return new Possible(
                candidate.device(),
                candidate.start(),
                candidate.finish(),
                candidate.transfer(),
                candidate.waiting(),
                candidate.execution(),
                candidate.laterBy(),
                candidate.delays(),
                standing(planned, candidate));
    }

    private static Standing standing(Possible planned, Possible candidate) {
        if (candidate.laterBy() <= 0) {
            return candidate.delays() > 0 ? Standing.DELAYS_SUCCESSOR : Standing.AS_GOOD;
        }
        double transfer = candidate.transfer() - planned.transfer();
        double waiting = candidate.waiting() - planned.waiting();
        double execution = candidate.execution() - planned.execution();
        if (execution >= transfer && execution >= waiting) {
            return Standing.LONGER_EXECUTION;
        }
        return waiting >= transfer ? Standing.LONGER_WAIT : Standing.LONGER_TRANSFER;
    }

    private double arrival(int task, int device) {
        double arrival = 0;
        for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
            Assignment from = byTask[graph.inTask(e)];
            arrival = Math.max(arrival, from.finish() + links.transferTime(graph.inVolume(e), from.device(), device));
        }
        return arrival;
    }

    private double delay(int task, int device, double finish) {
        double delay = 0;
        for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
            Assignment to = byTask[graph.outTask(e)];
            delay = Math.max(delay, finish + links.transferTime(graph.outVolume(e), device, to.device()) - to.start());
        }
        return delay;
    }
}
