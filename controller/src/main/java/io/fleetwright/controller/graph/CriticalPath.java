package io.fleetwright.controller.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Times of a graph when no task waits for a device: the bound that no placement beats. Pure.
 *
 * @param startMicros by task, from the job's start
 * @param rankMicros by task, to the job's end, the task itself included (upward rank of HEFT, Topcuoglu et al., 2002, without
 *     communication)
 * @param micros the longest path
 */
record CriticalPath(Map<String, Long> startMicros, Map<String, Long> rankMicros, long micros) {
    /**
     * Looks at a graph.
     *
     * @param order each task after those that feed it
     * @param cost of each task, at least 0
     */
    static CriticalPath of(List<GraphSpec.Task> order, Map<String, Long> cost) {
        Map<String, Long> start = new HashMap<>();
        Map<String, Long> rank = new HashMap<>();
        long whole = 0;
        for (GraphSpec.Task task : order) {
            long begins = 0;
            for (String reference : task.inputs()) {
                String feeder = GraphSpec.taskOf(reference);
                if (feeder != null) {
                    begins = Math.max(begins, start.getOrDefault(feeder, 0L) + cost.getOrDefault(feeder, 0L));
                }
            }
            start.put(task.id(), begins);
            whole = Math.max(whole, begins + cost.getOrDefault(task.id(), 0L));
        }
        for (GraphSpec.Task task : order.reversed()) {
            long own = rank.merge(task.id(), 0L, Long::sum) + cost.getOrDefault(task.id(), 0L);
            rank.put(task.id(), own);
            for (String reference : task.inputs()) {
                String feeder = GraphSpec.taskOf(reference);
                if (feeder != null) {
                    rank.merge(feeder, own, Math::max);
                }
            }
        }
        return new CriticalPath(Map.copyOf(start), Map.copyOf(rank), whole);
    }
}
