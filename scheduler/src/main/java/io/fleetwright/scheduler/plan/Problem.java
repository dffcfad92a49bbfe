package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Needs;
import io.fleetwright.scheduler.platform.Offer;
import io.fleetwright.scheduler.platform.Platform;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
     * The same problem where a device takes only tasks whose demands it meets.
     *
     * @param needs per task
     * @param offers per device
     * @throws IllegalArgumentException naming a task that no device takes, with what each kind of device lacks, or if a
     *     length is wrong
     */
    public Problem constrainedBy(List<Needs> needs, List<Offer> offers) {
        if (needs.size() != taskCount() || offers.size() != deviceCount()) {
            throw new IllegalArgumentException("demands of %d tasks and offers of %d devices given, there are %d and %d"
                    .formatted(needs.size(), offers.size(), taskCount(), deviceCount()));
        }
        Set<Offer> kinds = new LinkedHashSet<>(offers);
        boolean everyPairFits = true;
        for (int task = 0; task < taskCount(); task++) {
            Set<String> lacks = new LinkedHashSet<>();
            int refusing = 0;
            for (Offer kind : kinds) {
                Optional<Needs.Unmet> unmet = needs.get(task).unmetBy(kind);
                if (unmet.isPresent()) {
                    refusing++;
                    lacks.add(unmet.get().detail());
                }
            }
            if (refusing == kinds.size()) {
                throw new IllegalArgumentException("task %d ('%s') runs on no device: one %s"
                        .formatted(task, graph.name(task), String.join("; another ", lacks)));
            }
            everyPairFits &= refusing == 0;
        }
        return everyPairFits
                ? this
                : restrictedTo((task, device) ->
                        needs.get(task).unmetBy(offers.get(device)).isEmpty());
    }

    public int taskCount() {
        return graph.taskCount();
    }

    public int deviceCount() {
        return platform.deviceCount();
    }
}
