package io.fleetwright.scheduler.plan;

import java.util.List;

/**
 * An answer to a {@link Problem}, as stated by whoever made it; {@link ScheduleChecker} says whether it holds. Only a
 * scheduler that duplicates tasks lists one more than once.
 *
 * @param makespan the last finish
 */
public record Schedule(List<Assignment> assignments, double makespan) {
    public Schedule {
        assignments = List.copyOf(assignments);
    }

    /** The schedule of {@code assignments}, its makespan being their last finish. */
    public static Schedule of(List<Assignment> assignments) {
        double makespan = 0;
        for (Assignment assignment : assignments) {
            makespan = Math.max(makespan, assignment.finish());
        }
        return new Schedule(assignments, makespan);
    }
}
