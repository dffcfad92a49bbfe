package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Platform;
import java.util.Arrays;
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

    /**
     * The same problem where a device takes only what it may: pinned tasks, allowed devices, security zones.
     *
     * @throws IllegalArgumentException naming the task that is left with no device
     */
    public Problem restrictedTo(CostTable.Permission permission) {
        return new Problem(graph, platform, costs.restrictedTo(permission));
    }

    /**
     * The same problem where a device takes only tasks that fit in its memory.
     *
     * @param need per task, in the unit of {@code size}
     * @param size per device; infinite for no limit
     * @throws IllegalArgumentException naming the task that fits nowhere, or if a length is wrong
     */
    public Problem withinMemory(double[] need, double[] size) {
        if (need.length != taskCount() || size.length != deviceCount()) {
            throw new IllegalArgumentException("memory of %d tasks and %d devices given, there are %d and %d"
                    .formatted(need.length, size.length, taskCount(), deviceCount()));
        }
        double least = Arrays.stream(size).min().orElse(0);
        return Arrays.stream(need).allMatch(bytes -> bytes <= least)
                ? this
                : restrictedTo((task, device) -> need[task] <= size[device]);
    }

    public int taskCount() {
        return graph.taskCount();
    }

    public int deviceCount() {
        return platform.deviceCount();
    }
}
