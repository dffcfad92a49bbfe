package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Platform;
import java.util.List;

/** What to schedule, on what, at which cost. Every task runs on at least one device. */
public record Problem(TaskGraph graph, Platform platform, CostTable costs) {
    public Problem {
        if (costs.taskCount() != graph.taskCount()) {
            throw new IllegalArgumentException(
                    "costs cover %d tasks, the graph has %d".formatted(costs.taskCount(), graph.taskCount()));
        }
        if (costs.deviceCount() != platform.deviceCount()) {
            throw new IllegalArgumentException("costs cover %d devices, the platform has %d"
                    .formatted(costs.deviceCount(), platform.deviceCount()));
        }
        List<Integer> stranded = costs.tasksWithoutDevice();
        if (!stranded.isEmpty()) {
            throw new IllegalArgumentException(
                    "task %d ('%s') runs on no device".formatted(stranded.getFirst(), graph.name(stranded.getFirst())));
        }
    }

    public int taskCount() {
        return graph.taskCount();
    }

    public int deviceCount() {
        return platform.deviceCount();
    }
}
