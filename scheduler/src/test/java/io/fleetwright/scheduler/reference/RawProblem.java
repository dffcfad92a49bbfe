package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A problem as bare tables, from which the references work and the real one is made.
 *
 * @param tasks tasks {@code 0 .. tasks-1}
 * @param edges in the order in which they are given to the graph
 * @param kindOfDevice devices of one kind have equal costs
 * @param zoneOfDevice devices of one zone have equal links to all others
 * @param cost {@code [task][kind]}; infinite where it does not run
 * @param bandwidth {@code [zone][zone]}, from and to; 0 is no link
 * @param latency {@code [zone][zone]}
 * @param ready per device, when it is free at first
 */
public record RawProblem(
        int tasks,
        List<Edge> edges,
        int[] kindOfDevice,
        int[] zoneOfDevice,
        double[][] cost,
        double[][] bandwidth,
        double[][] latency,
        double[] ready) {
    /** Data from one task to another. */
    public record Edge(int from, int to, double volume) {}

    int devices() {
        return ready.length;
    }

    double cost(int task, int device) {
        return cost[task][kindOfDevice[device]];
    }

    boolean runs(int task, int device) {
        return cost(task, device) < Double.POSITIVE_INFINITY;
    }

    /** Nothing within a device; infinite without a link. */
    double transfer(double volume, int from, int to) {
        if (from == to) {
            return 0;
        }
        double rate = bandwidth[zoneOfDevice[from]][zoneOfDevice[to]];
        return rate == 0 ? Double.POSITIVE_INFINITY : latency[zoneOfDevice[from]][zoneOfDevice[to]] + volume / rate;
    }

    /**
     * Mean latency plus volume over mean bandwidth, both over the linked ordered pairs of different devices; 0 without any.
     *
     * @see "Topcuoglu, Hariri, Wu, 2002, equation 3"
     */
    double transferMean(double volume) {
        double rates = 0;
        double latencies = 0;
        int pairs = 0;
        for (int from = 0; from < devices(); from++) {
            for (int to = 0; to < devices(); to++) {
                double rate = bandwidth[zoneOfDevice[from]][zoneOfDevice[to]];
                if (from != to && rate > 0) {
                    rates += rate;
                    latencies += latency[zoneOfDevice[from]][zoneOfDevice[to]];
                    pairs++;
                }
            }
        }
        return pairs == 0 ? 0 : latencies / pairs + volume / (rates / pairs);
    }

    /** Over the devices that run the task. */
    double costMean(int task) {
        return IntStream.range(0, devices())
                        .filter(device -> runs(task, device))
                        .mapToDouble(device -> cost(task, device))
                        .reduce(0, Double::sum)
                / IntStream.range(0, devices())
                        .filter(device -> runs(task, device))
                        .count();
    }

    List<Edge> into(int task) {
        return edges.stream().filter(edge -> edge.to() == task).toList();
    }

    List<Edge> outOf(int task) {
        return edges.stream().filter(edge -> edge.from() == task).toList();
    }

    /** Entry tasks by number; then each task once the last of its predecessors has been passed, in order of their edges. */
    List<Integer> arrivalOrder() {
        List<Integer> order = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            if (into(task).isEmpty()) {
                order.add(task);
            }
        }
        for (int passed = 0; passed < order.size(); passed++) {
            List<Integer> before = order.subList(0, passed + 1);
            List<Integer> next = outOf(order.get(passed)).stream()
                    .map(Edge::to)
                    .filter(to -> into(to).stream().map(Edge::from).allMatch(before::contains))
                    .toList();
            order.addAll(next);
        }
        return order;
    }

    /** The same with all times and volumes {@code factor} times as large. */
    RawProblem scaled(double factor) {
        return new RawProblem(
                tasks,
                edges.stream()
                        .map(edge -> new Edge(edge.from(), edge.to(), edge.volume() * factor))
                        .toList(),
                kindOfDevice,
                zoneOfDevice,
                scaled(cost, factor),
                bandwidth,
                scaled(latency, factor),
                Arrays.stream(ready).map(time -> time * factor).toArray());
    }

    private static double[][] scaled(double[][] table, double factor) {
        return Arrays.stream(table)
                .map(row -> Arrays.stream(row).map(value -> value * factor).toArray())
                .toArray(double[][]::new);
    }

    Problem toProblem() {
        var graph = TaskGraph.builder().tasks(tasks);
        edges.forEach(edge -> graph.edge(edge.from(), edge.to(), edge.volume()));
        List<Device> all = IntStream.range(0, devices())
                .mapToObj(device -> new Device("p" + device, ready[device]))
                .toList();
        return new Problem(
                graph.build(),
                new Platform(all, Links.zoned(zoneOfDevice, bandwidth, latency)),
                CostTable.perKind(cost, IntStream.range(0, tasks).toArray(), kindOfDevice));
    }
}
