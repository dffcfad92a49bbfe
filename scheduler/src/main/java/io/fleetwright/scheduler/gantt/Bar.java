package io.fleetwright.scheduler.gantt;

/**
 * One run of one task.
 *
 * @param row position of its device among the chart's rows
 * @param label name of the task
 * @param job number of the job that it belongs to
 * @param group at least 0; bars of one group have one colour: those of a job or, if there is but one job, of a path
 *     through its graph
 * @param start finite, at least 0
 * @param finish finite, not before {@code start}
 * @param completed false when it was cut off
 */
public record Bar(int row, String label, int job, int group, double start, double finish, boolean completed) {
    public Bar {
        if (!(start >= 0 && start <= finish && finish < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "bar '%s' from %s to %s must have 0 <= from <= to, finite".formatted(label, start, finish));
        }
        if (group < 0) {
            throw new IllegalArgumentException("group (%d) of bar '%s' must be at least 0".formatted(group, label));
        }
    }

    public double length() {
        return finish - start;
    }
}
