package io.fleetwright.scheduler.partition;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Maximum flow through real capacities by blocking flows (Dinic, 1970), and the minimum cut that it proves. */
final class MaximumFlow {
    /** Of the largest finite capacity: what is left of an edge below this is rounding. */
    private static final double NOTHING = 1e-12;

    private final List<List<Edge>> edges = new ArrayList<>();
    private double largest;

    private static final class Edge {
        private final int to;
        private final int back;
        private double left;

        Edge(int to, int back, double left) {
            this.to = to;
            this.back = back;
            this.left = left;
        }
    }

    MaximumFlow(int nodes) {
        for (int node = 0; node < nodes; node++) {
            edges.add(new ArrayList<>());
        }
    }

    void edge(int from, int to, double capacity) {
        edges.get(from).add(new Edge(to, edges.get(to).size(), capacity));
        edges.get(to).add(new Edge(from, edges.get(from).size() - 1, 0));
        if (Double.isFinite(capacity)) {
            largest = Math.max(largest, capacity);
        }
    }

    /** The nodes that the source still reaches once no more flows; as many as a minimum cut may leave there at least. */
    boolean[] sourceSide(int source, int sink) {
        double nothing = NOTHING * largest;
        var level = new int[edges.size()];
        while (levels(source, level, nothing)[sink] >= 0) {
            var next = new int[edges.size()];
            while (push(source, sink, Double.POSITIVE_INFINITY, level, next, nothing) > nothing) {
                // Each call saturates an edge of a shortest way.
            }
        }
        var side = new boolean[edges.size()];
        for (int node = 0; node < side.length; node++) {
            side[node] = level[node] >= 0;
        }
        return side;
    }

    private int[] levels(int source, int[] level, double nothing) {
        Arrays.fill(level, -1);
        level[source] = 0;
        var queue = new ArrayDeque<Integer>();
        queue.add(source);
        while (!queue.isEmpty()) {
            int node = queue.remove();
            for (Edge edge : edges.get(node)) {
                if (edge.left > nothing && level[edge.to] < 0) {
                    level[edge.to] = level[node] + 1;
                    queue.add(edge.to);
                }
            }
        }
        return level;
    }

    /** Depth first along growing levels, with a stack of its own, since networks are deep. */
    private double push(int source, int sink, double most, int[] level, int[] next, double nothing) {
        var way = new ArrayDeque<Edge>();
        int node = source;
        while (node != sink) {
            Edge onward = null;
            while (next[node] < edges.get(node).size()) {
                Edge edge = edges.get(node).get(next[node]);
                if (edge.left > nothing && level[edge.to] == level[node] + 1) {
                    onward = edge;
                    break;
                }
                next[node]++;
            }
            if (onward != null) {
                way.addLast(onward);
                node = onward.to;
            } else if (way.isEmpty()) {
                return 0;
            } else {
                Edge last = way.removeLast();
                node = edges.get(last.to).get(last.back).to;
                next[node]++;
            }
        }
        double flow = most;
        for (Edge edge : way) {
            flow = Math.min(flow, edge.left);
        }
        for (Edge edge : way) {
            edge.left -= flow;
            edges.get(edge.to).get(edge.back).left += flow;
        }
        return flow;
    }
}
