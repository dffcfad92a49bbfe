package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.plan.Violation.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The rules of a valid schedule, each on its own, for whole figures: what is off at all is off by at least a half. */
final class NaiveChecker {
    private static final double SLACK = 0.25;

    private final Problem problem;
    private final List<Assignment> all;

    private NaiveChecker(Problem problem, List<Assignment> all) {
        this.problem = problem;
        this.all = all;
    }

    /** The rules that {@code schedule} breaks, each task being allowed once. */
    static Set<Kind> broken(Problem problem, Schedule schedule) {
        var checker = new NaiveChecker(problem, schedule.assignments());
        Set<Kind> broken = EnumSet.noneOf(Kind.class);
        for (Kind kind : Kind.values()) {
            if (checker.breaks(kind, schedule.makespan())) {
                broken.add(kind);
            }
        }
        return broken;
    }

    private boolean breaks(Kind kind, double makespan) {
        return switch (kind) {
            case UNKNOWN_TASK -> all.stream().anyMatch(one -> !isTask(one));
            case UNKNOWN_DEVICE -> all.stream().anyMatch(one -> isTask(one) && !isDevice(one));
            case BAD_TIME -> all.stream().anyMatch(one -> isTask(one) && isDevice(one) && !isTimed(one));
            case PLACED_TWICE ->
                usable().size() < all.stream().filter(this::isUsable).count();
            case NOT_PLACED ->
                usable().stream().map(Assignment::task).distinct().count() < problem.taskCount();
            case CANNOT_RUN_THERE ->
                usable().stream().anyMatch(one -> !problem.costs().canRun(one.task(), one.device()));
            case WRONG_DURATION ->
                usable().stream()
                        .filter(one -> problem.costs().canRun(one.task(), one.device()))
                        .anyMatch(one -> Math.abs(one.finish() - one.start() - cost(one)) > SLACK);
            case BEFORE_DEVICE_READY ->
                usable().stream()
                        .anyMatch(one -> one.start()
                                < problem.platform().device(one.device()).readyTime() - SLACK);
            case OVERLAP -> usable().stream().anyMatch(one -> usable().stream().anyMatch(other -> overlap(one, other)));
            case BEFORE_INPUT -> usable().stream().anyMatch(this::isBeforeInput);
            case WRONG_MAKESPAN ->
                Math.abs(makespan
                                - usable().stream()
                                        .mapToDouble(Assignment::finish)
                                        .reduce(0, Math::max))
                        > SLACK;
        };
    }

    private boolean isTask(Assignment one) {
        return one.task() >= 0 && one.task() < problem.taskCount();
    }

    private boolean isDevice(Assignment one) {
        return one.device() >= 0 && one.device() < problem.deviceCount();
    }

    private static boolean isTimed(Assignment one) {
        return one.start() >= 0 && one.finish() >= one.start() && one.finish() < Double.POSITIVE_INFINITY;
    }

    private boolean isUsable(Assignment one) {
        return isTask(one) && isDevice(one) && isTimed(one);
    }

    /** The first usable assignment of each task. */
    private List<Assignment> usable() {
        List<Assignment> usable = all.stream().filter(this::isUsable).toList();
        return IntStream.range(0, usable.size())
                .filter(i -> IntStream.range(0, i)
                        .noneMatch(before ->
                                usable.get(before).task() == usable.get(i).task()))
                .mapToObj(usable::get)
                .toList();
    }

    private double cost(Assignment one) {
        return problem.costs().executionTime(one.task(), one.device());
    }

    /** A moment of no length within another's time overlaps it, one at its edge does not. */
    private static boolean overlap(Assignment one, Assignment other) {
        return one.task() != other.task()
                && one.device() == other.device()
                && one.start() < other.finish() - SLACK
                && other.start() < one.finish() - SLACK;
    }

    private boolean isBeforeInput(Assignment here) {
        var plan = new NaivePlan(problem);
        plan.placed.addAll(usable());
        return plan.arrival(here.task(), here.device()) > here.start() + SLACK;
    }
}
