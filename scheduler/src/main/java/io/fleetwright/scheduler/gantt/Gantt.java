package io.fleetwright.scheduler.gantt;

import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.sim.ScheduleEntry;
import io.fleetwright.scheduler.sim.Workload;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A chart of devices over time.
 *
 * @param unit of all times
 * @param rows names of the devices, 1 to {@link #ROWS_MAX}
 * @param bars in any order, at most {@link #BARS_MAX}
 */
public record Gantt(String title, Unit unit, List<String> rows, List<Bar> bars) {
    public static final int ROWS_MAX = 10_000;
    public static final int BARS_MAX = 50_000;

    /** What a time of 1 is. */
    public enum Unit {
        /** Whatever the figures of the problem mean. */
        UNSTATED(""),
        SECONDS("s"),
        MICROSECONDS("us");

        private final String symbol;

        Unit(String symbol) {
            this.symbol = symbol;
        }

        public String symbol() {
            return symbol;
        }
    }

    /**
     * @throws ChartLimitException if there are too many rows or bars
     * @throws IllegalArgumentException if there is no row, or a bar is on none
     */
    public Gantt {
        rows = List.copyOf(rows);
        bars = List.copyOf(bars);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("a chart must have at least 1 row");
        }
        checkSize(rows.size(), bars.size());
        for (Bar bar : bars) {
            if (bar.row() < 0 || bar.row() >= rows.size()) {
                throw new IllegalArgumentException(
                        "row (%d) of bar '%s' must be 0 to %d".formatted(bar.row(), bar.label(), rows.size() - 1));
            }
        }
    }

    private static void checkSize(int rows, int bars) {
        if (rows > ROWS_MAX || bars > BARS_MAX) {
            throw new ChartLimitException(
                    "%d runs on %d devices: a chart holds at most %d on %d".formatted(bars, rows, BARS_MAX, ROWS_MAX));
        }
    }

    /**
     * The chart of a plan; what lies on one path through the graph has one group.
     *
     * @throws ChartLimitException if there are too many devices or assignments
     */
    public static Gantt ofPlan(String title, Unit unit, Problem problem, Schedule schedule) {
        checkSize(problem.deviceCount(), schedule.assignments().size());
        int[] path = Paths.of(problem);
        return new Gantt(
                title,
                unit,
                problem.platform().devices().stream().map(Device::id).toList(),
                schedule.assignments().stream()
                        .map(run -> bar(run, problem, path[run.task()]))
                        .toList());
    }

    private static Bar bar(Assignment run, Problem problem, int path) {
        return new Bar(run.device(), problem.graph().name(run.task()), 0, path, run.start(), run.finish(), true);
    }

    /**
     * The chart of a simulation in microseconds; each job has its group, a single one a group for each path.
     *
     * @throws ChartLimitException if there are too many devices or runs
     */
    public static Gantt ofRuns(String title, Workload workload, List<ScheduleEntry> runs) {
        checkSize(workload.deviceCount(), runs.size());
        boolean single = runs.stream().mapToInt(ScheduleEntry::job).distinct().count() == 1;
        int[] path = single ? Paths.of(workload.problem(runs.getFirst().app())) : new int[0];
        return new Gantt(
                title,
                Unit.MICROSECONDS,
                IntStream.range(0, workload.deviceCount())
                        .mapToObj(workload::deviceName)
                        .toList(),
                runs.stream()
                        .map(run -> bar(run, workload, single ? path[run.task()] : run.job()))
                        .toList());
    }

    private static Bar bar(ScheduleEntry run, Workload workload, int group) {
        String label = "%s (%s)"
                .formatted(
                        workload.graph(run.app()).name(run.task()),
                        workload.application(run.app()).name());
        return new Bar(run.device(), label, run.job(), group, run.startMicros(), run.finishMicros(), run.completed());
    }
}
