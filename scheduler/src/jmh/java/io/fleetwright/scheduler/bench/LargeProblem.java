package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A seeded random problem.
 *
 * @param window a task takes inputs from this many tasks before it: how wide the graph is
 * @param volumeMax of an edge; links move 10 per unit of time within a zone and 1 between two, executions take 1 to 100
 */
record LargeProblem(int tasks, int edges, int devices, int types, int zones, int window, double volumeMax) {
    private static final int TASK_KINDS = 1000;

    /** What the scheduler is told about devices of one type. */
    enum Devices {
        ALIKE,
        /** Nothing, so that it looks at each: the baseline. */
        EACH_ITS_OWN
    }

    Problem make(long seed, Devices known) {
        var random = new SplittableRandom(seed);
        double[][] costs = new double[TASK_KINDS][types];
        for (double[] row : costs) {
            for (int type = 0; type < types; type++) {
                row[type] = random.nextDouble(1, 100);
            }
        }
        int[] kindOfTask = random.ints(tasks, 0, TASK_KINDS).toArray();
        CostTable table = switch (known) {
            case ALIKE -> CostTable.perKind(costs, kindOfTask, typeOfDevice());
            case EACH_ITS_OWN -> perDevice(costs, kindOfTask);
        };
        return new Problem(graph(random), platform(), table);
    }

    private CostTable perDevice(double[][] costs, int[] kindOfTask) {
        int[] type = typeOfDevice();
        double[][] all = new double[costs.length][devices];
        for (int row = 0; row < costs.length; row++) {
            for (int device = 0; device < devices; device++) {
                all[row][device] = costs[row][type[device]];
            }
        }
        return CostTable.perKind(
                all, kindOfTask, IntStream.range(0, devices).toArray());
    }

    private TaskGraph graph(SplittableRandom random) {
        var graph = TaskGraph.builder().tasks(tasks);
        Set<Long> seen = new HashSet<>();
        while (seen.size() < edges) {
            int to = random.nextInt(1, tasks);
            int from = to - 1 - random.nextInt(Math.min(to, window));
            if (seen.add((long) from * tasks + to)) {
                graph.edge(from, to, random.nextDouble(volumeMax));
            }
        }
        return graph.build();
    }

    private Platform platform() {
        List<Device> all = new ArrayList<>();
        int[] zoneOfDevice = new int[devices];
        for (int device = 0; device < devices; device++) {
            all.add(new Device("d" + device, 0));
            zoneOfDevice[device] = device / types % zones;
        }
        double[][] bandwidth = new double[zones][zones];
        double[][] latency = new double[zones][zones];
        for (int a = 0; a < zones; a++) {
            for (int b = 0; b < zones; b++) {
                bandwidth[a][b] = a == b ? 10 : 1;
                latency[a][b] = a == b ? 0.1 : 1;
            }
        }
        return new Platform(all, Links.zoned(zoneOfDevice, bandwidth, latency));
    }

    private int[] typeOfDevice() {
        int[] type = new int[devices];
        for (int device = 0; device < devices; device++) {
            type[device] = device % types;
        }
        return type;
    }
}
