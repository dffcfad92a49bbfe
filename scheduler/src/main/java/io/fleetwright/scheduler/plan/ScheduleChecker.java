package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Violation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says everything that is wrong with a schedule. It shares no arithmetic with the algorithms: it reads only the problem
 * and the stated figures.
 */
public final class ScheduleChecker {
    /** Allowed rounding, relative to the last finish. */
    private static final double TOLERANCE = 1e-9;

    private ScheduleChecker() {}

    /** All violations found; an empty list means that the schedule is valid. */
    public static List<Violation> check(Problem problem, Schedule schedule) {
        List<Violation> found = new ArrayList<>();
        double lastFinish = 0;
        List<Assignment> usable = new ArrayList<>();
        @Nullable Assignment[] byTask = new @Nullable Assignment[problem.taskCount()];
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
            } else if (byTask[task] != null) {
                found.add(new Violation(Kind.PLACED_TWICE, "%s and %s".formatted(byTask[task], assignment)));
            } else {
                byTask[task] = assignment;
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
            Problem problem, @Nullable Assignment[] byTask, double slack, List<Violation> found) {
        TaskGraph graph = problem.graph();
        for (int task = 0; task < byTask.length; task++) {
            Assignment here = byTask[task];
            if (here == null) {
                found.add(new Violation(Kind.NOT_PLACED, "task %d".formatted(task)));
                continue;
            }
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                Assignment from = byTask[graph.inTask(e)];
                if (from == null) {
                    continue;
                }
                double arrival = from.finish()
                        + problem.platform().links().transferTime(graph.inVolume(e), from.device(), here.device());
                if (here.start() < arrival - slack) {
                    found.add(new Violation(
                            Kind.BEFORE_INPUT, "%s, input of %s arrives at %s".formatted(here, from, arrival)));
                }
            }
        }
    }
}
