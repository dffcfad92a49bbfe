package io.fleetwright.scheduler.sim;

import io.fleetwright.scheduler.graph.TaskGraph;

/** A kind of job: its graph, whose task names say what each task costs on a platform. */
public record Application(String name, TaskGraph graph) {
    public Application {
        if (name.isBlank()) {
            throw new InvalidWorkloadException("an application must have a name");
        }
    }
}
