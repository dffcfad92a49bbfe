package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Violation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Says everything that is wrong with a schedule. It shares no arithmetic with the algorithms: it reads only the problem
 * and the stated figures.
 */
public final class ScheduleChecker {
    /** Allowed rounding, relative to the last finish. */
    private static final double TOLERANCE = 1e-9;

    private ScheduleChecker() {}

    /** All violations found; an empty list means that the schedule is valid and runs each task once. */
    public static List<Violation> check(Problem problem, Schedule schedule) {
        return check(problem, schedule, Copies.FORBIDDEN);
    }

    /**
     * All violations found. Where copies are allowed, each copy of a task needs, for each of its inputs, some copy of the
     * predecessor whose data has arrived.
     */
    public static List<Violation> check(Problem problem, Schedule schedule, Copies copies) {
        List<Violation> found = new ArrayList<>();
        double lastFinish = 0;
        List<Assignment> usable = new ArrayList<>();
        List<List<Assignment>> byTask = new ArrayList<>(problem.taskCount());
        for (int task = 0; task < problem.taskCount(); task++) {
            byTask.add(new ArrayList<>(1));
        }
        for (Assignment assignment : schedule.assignments()) {
            int task = assignment.task();
            if (task < 0 || task >= problem.taskCount()) {
                found.add(new Violation(Kind.UNKNOWN_TASK, assignment.toString()));
            } else if (assignment.device() < 0 || assignment.device() >= problem.deviceCount()) {
                found.add(new Violation(Kind.UNKNOWN_DEVICE, assignment.toString()));
            } else if (!(assignment.start() >= 0
                    && assignment.finish() >= assignment.start()
                    && assignment.finish() < Double.POSITIVE_INFINITY)) {
                found.add(new Violation(Kind.BAD_TIME, assignment.toString()));
            } else if (copies == Copies.FORBIDDEN && !byTask.get(task).isEmpty()) {
                found.add(new Violation(
                        Kind.PLACED_TWICE,
                        "%s and %s".formatted(byTask.get(task).getFirst(), assignment)));
            } else {
                byTask.get(task).add(assignment);
                usable.add(assignment);
                lastFinish = Math.max(lastFinish, assignment.finish());
            }
        }
        double slack = TOLERANCE * Math.max(1, lastFinish);
        for (Assignment assignment : usable) {
            checkAlone(problem, assignment, slack, found);
        }
        checkOverlap(usable, slack, found);
        checkPrecedence(problem, byTask, slack, found);
        if (!(Math.abs(schedule.makespan() - lastFinish) <= slack)) {
            found.add(new Violation(
                    Kind.WRONG_MAKESPAN, "stated %s, last finish %s".formatted(schedule.makespan(), lastFinish)));
        }
        return found;
    }

    private static void checkAlone(Problem problem, Assignment assignment, double slack, List<Violation> found) {
        double execution = problem.costs().executionTime(assignment.task(), assignment.device());
        if (execution == Double.POSITIVE_INFINITY) {
            found.add(new Violation(Kind.CANNOT_RUN_THERE, assignment.toString()));
        } else if (Math.abs(assignment.finish() - assignment.start() - execution) > slack) {
            found.add(new Violation(Kind.WRONG_DURATION, "%s takes %s".formatted(assignment, execution)));
        }
        double ready = problem.platform().device(assignment.device()).readyTime();
        if (assignment.start() < ready - slack) {
            found.add(new Violation(Kind.BEFORE_DEVICE_READY, "%s, ready at %s".formatted(assignment, ready)));
        }
    }

    private static void checkOverlap(List<Assignment> usable, double slack, List<Violation> found) {
        List<Assignment> sorted = new ArrayList<>(usable);
        sorted.sort(Comparator.comparingInt(Assignment::device)
                .thenComparingDouble(Assignment::start)
                .thenComparingDouble(Assignment::finish));
        for (int i = 1; i < sorted.size(); i++) {
            Assignment before = sorted.get(i - 1);
            Assignment after = sorted.get(i);
            if (before.device() == after.device() && after.start() < before.finish() - slack) {
                found.add(new Violation(Kind.OVERLAP, "%s and %s".formatted(before, after)));
            }
        }
    }

    private static void checkPrecedence(
            Problem problem, List<List<Assignment>> byTask, double slack, List<Violation> found) {
        for (int task = 0; task < byTask.size(); task++) {
            if (byTask.get(task).isEmpty()) {
                found.add(new Violation(Kind.NOT_PLACED, "task %d".formatted(task)));
            }
            for (Assignment here : byTask.get(task)) {
                checkInputs(problem, here, byTask, slack, found);
            }
        }
    }

    private static void checkInputs(
            Problem problem, Assignment here, List<List<Assignment>> byTask, double slack, List<Violation> found) {
        TaskGraph graph = problem.graph();
        for (int e = graph.inBegin(here.task()); e < graph.inEnd(here.task()); e++) {
            List<Assignment> sources = byTask.get(graph.inTask(e));
            double arrival = Double.POSITIVE_INFINITY;
            for (Assignment from : sources) {
                arrival = Math.min(
                        arrival,
                        from.finish()
                                + problem.platform()
                                        .links()
                                        .transferTime(graph.inVolume(e), from.device(), here.device()));
            }
            if (!sources.isEmpty() && here.start() < arrival - slack) {
                found.add(new Violation(
                        Kind.BEFORE_INPUT,
                        "%s, input of %s arrives at %s".formatted(here, sources.getFirst(), arrival)));
            }
        }
    }
}
