package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.RawWorkload.App;
import java.util.ArrayList;
import java.util.List;

/** A task of a job on its way through the system. */
final class Work {
    /** How far it is. */
    enum Phase {
        WAITING,
        READY,
        PLACED,
        RUNNING,
        DONE
    }

    /** All tasks of one arrival. */
    static final class Job {
        final int number;
        final int app;
        final App graph;
        final double arrival;
        final List<Work> works = new ArrayList<>();

        Job(int number, int app, App graph, double arrival) {
            this.number = number;
            this.app = app;
            this.graph = graph;
            this.arrival = arrival;
            for (int task = 0; task < graph.tasks(); task++) {
                works.add(new Work(this, task));
            }
        }

        boolean isDone() {
            return works.stream().allMatch(work -> work.phase == Phase.DONE);
        }
    }

    final Job job;
    final int task;
    Phase phase = Phase.WAITING;
    int device;
    /** When its inputs are on {@link #device}. */
    double inputs;

    double start;
    double finish;

    private Work(Job job, int task) {
        this.job = job;
        this.task = task;
    }

    boolean inputsAreMade() {
        return job.graph.into(task).stream().allMatch(edge -> job.works.get(edge.from()).phase == Phase.DONE);
    }
}
