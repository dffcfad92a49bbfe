package io.fleetwright.scheduler.improve;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The best schedule of several schedulers, the first of equals: never worse than any of them on its own. */
public final class Portfolio implements StaticScheduler {
    /** How the work of a scheduler grows with the problem. */
    public enum Effort {
        /** As tasks times devices, about. */
        PLAIN,
        /** As tasks squared times devices, about; left out of large problems. */
        SQUARE,
        /** As devices squared times the squares of the numbers of inputs, about; left out of large problems. */
        AHEAD
    }

    public record Member(StaticScheduler scheduler, Effort effort) {}

    /** Up to this figure members of more than plain effort take part: seconds. */
    public static final double EFFORT_MAX = 2e9;

    private final List<Member> members;

    public Portfolio(List<Member> members) {
        this.members = List.copyOf(members);
        if (this.members.isEmpty()) {
            throw new IllegalArgumentException("a portfolio needs at least 1 member");
        }
    }

    /** @throws UnschedulableException with the first member's reason when none finds a schedule */
    @Override
    public Schedule schedule(Problem problem) throws UnschedulableException {
        @Nullable Schedule best = null;
        @Nullable UnschedulableException reason = null;
        for (Member member : members) {
            if (!takesPart(member, problem)) {
                continue;
            }
            try {
                Schedule schedule = member.scheduler().schedule(problem);
                if (best == null || schedule.makespan() < best.makespan()) {
                    best = schedule;
                }
            } catch (UnschedulableException none) {
                reason = reason == null ? none : reason;
            }
        }
        if (best != null) {
            return best;
        }
        throw reason != null ? reason : new UnschedulableException("the problem is too large for every member");
    }

    private static boolean takesPart(Member member, Problem problem) {
        double tasks = problem.taskCount();
        double devices = problem.deviceCount();
        return switch (member.effort()) {
            case PLAIN -> true;
            case SQUARE -> tasks * tasks * devices <= EFFORT_MAX;
            case AHEAD ->
                tasks * tasks * devices <= EFFORT_MAX
                        && devices * devices * squaredInputs(problem.graph()) <= EFFORT_MAX;
        };
    }

    private static double squaredInputs(TaskGraph graph) {
        double sum = 0;
        for (int task = 0; task < graph.taskCount(); task++) {
            double inputs = graph.inEnd(task) - graph.inBegin(task);
            sum += inputs * inputs;
        }
        return sum;
    }
}
