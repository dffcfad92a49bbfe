package io.fleetwright.controller.graph;

import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.scheduler.gantt.Bar;
import io.fleetwright.scheduler.gantt.Gantt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * When tasks were to run and when they ran, in microseconds from the job's start: rows of the plan above those of devices. A task has
 * one colour in both. Bars of a row do not overlap: what runs beside another one has a row of its own.
 */
public final class GraphChart {
    private static final String PLAN = "planned";
    private static final String CONTROLLER = "controller";

    private GraphChart() {}

    private record Run(String lane, GraphTaskRow task, double start, double finish, boolean completed) {}

    /** A row of bars, and until when it is taken. */
    private static final class Lane {
        private final String name;
        private final String label;
        private double until;

        Lane(String name, String label) {
            this.name = name;
            this.label = label;
        }
    }

    /** The chart of a job; what still runs reaches to now. */
    public static Gantt of(Tx tx, GraphRow graph, long nowMillis) {
        List<GraphTaskRow> tasks = Graphs.tasks(tx, graph.id);
        List<Run> runs = new ArrayList<>();
        for (GraphTaskRow task : tasks) {
            runs.add(new Run(PLAN, task, task.plannedStartMicros, task.plannedStartMicros + task.plannedMicros, true));
        }
        for (GraphTaskRow task : tasks) {
            Long started = task.startedAt;
            Long finished = task.finishedAt;
            if (started != null) {
                double start = micros(graph, started);
                runs.add(new Run(
                        lane(tx, task),
                        task,
                        start,
                        Math.max(start, micros(graph, finished == null ? nowMillis : finished)),
                        task.state.equals(Jobs.SUCCEEDED)));
            }
        }
        return chart("%s (%s): %s".formatted(graph.name, graph.id, graph.state), runs);
    }

    private static double micros(GraphRow graph, long atMillis) {
        return Math.max(0, atMillis - graph.createdAt) * 1000.0;
    }

    private static String lane(Tx tx, GraphTaskRow task) {
        if (task.jobId == null) {
            return CONTROLLER;
        }
        JobRow job = tx.get(JobRow.class, task.jobId).orElse(null);
        String node = job == null ? null : job.nodeId;
        return job == null || node == null ? "not placed" : node.substring(node.indexOf('/') + 1) + "/" + job.device;
    }

    private static Gantt chart(String title, List<Run> runs) {
        List<Lane> lanes = new ArrayList<>();
        List<Bar> bars = new ArrayList<>();
        // Rows of the plan first, then by name; within a name by time.
        List<Run> ordered = runs.stream()
                .sorted(Comparator.comparing((Run run) -> !run.lane.equals(PLAN))
                        .thenComparing(Run::lane)
                        .thenComparingDouble(Run::start)
                        .thenComparingInt(run -> run.task.place))
                .toList();
        for (Run run : ordered) {
            List<Lane> own =
                    lanes.stream().filter(lane -> lane.name.equals(run.lane)).toList();
            Lane free = own.stream()
                    .filter(lane -> lane.until <= run.start)
                    .findFirst()
                    .orElse(null);
            if (free == null) {
                free = new Lane(run.lane, own.isEmpty() ? run.lane : "%s (%d)".formatted(run.lane, own.size() + 1));
                lanes.add(free);
            }
            free.until = run.finish;
            bars.add(new Bar(
                    lanes.indexOf(free), run.task.task, 0, run.task.place, run.start, run.finish, run.completed));
        }
        return new Gantt(
                title,
                Gantt.Unit.MICROSECONDS,
                lanes.stream().map(lane -> lane.label).toList(),
                bars);
    }
}
