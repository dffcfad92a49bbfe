package io.fleetwright.scheduler.heft;

import io.fleetwright.scheduler.graph.TaskGraph;
import java.util.PriorityQueue;

/** The order in which a list scheduler takes the tasks. */
final class PriorityOrder {
    private PriorityOrder() {}

    /**
     * Again and again the ready task of highest priority, the lowest id among equals. For upward ranks this is the order
     * of falling rank, and it stays topological when ranks tie.
     */
    static int[] of(TaskGraph graph, double[] priority) {
        PriorityQueue<Integer> ready = new PriorityQueue<>((a, b) -> {
            int byPriority = Double.compare(priority[b], priority[a]);
            return byPriority != 0 ? byPriority : Integer.compare(a, b);
        });
        int[] waitingFor = new int[graph.taskCount()];
        for (int task = 0; task < waitingFor.length; task++) {
            waitingFor[task] = graph.inEnd(task) - graph.inBegin(task);
            if (waitingFor[task] == 0) {
                ready.add(task);
            }
        }
        int[] order = new int[graph.taskCount()];
        for (int position = 0; position < order.length; position++) {
            int task = ready.remove();
            order[position] = task;
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                if (--waitingFor[graph.outTask(e)] == 0) {
                    ready.add(graph.outTask(e));
                }
            }
        }
        return order;
    }
}
