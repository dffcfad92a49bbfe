package io.fleetwright.scheduler;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Problems that several tests share. */
public final class TestProblems {
    private TestProblems() {}

    /** The ten-task example of Topcuoglu et al., 2002, figure 2, as facts, so that it is checked on any machine. */
    public static Problem topcuoglu2002() {
        double[][] costs = {
            {14, 16, 9}, {13, 19, 18}, {11, 13, 19}, {13, 8, 17}, {12, 13, 10},
            {13, 16, 9}, {7, 15, 11}, {5, 11, 14}, {18, 12, 20}, {21, 7, 16}
        };
        int[][] edges = {
            {0, 1, 18},
            {0, 2, 12},
            {0, 3, 9},
            {0, 4, 11},
            {0, 5, 14},
            {1, 7, 19},
            {1, 8, 16},
            {2, 6, 23},
            {3, 7, 27},
            {3, 8, 23},
            {4, 8, 13},
            {5, 7, 15},
            {6, 9, 17},
            {7, 9, 11},
            {8, 9, 13}
        };
        var graph = TaskGraph.builder().tasks(10);
        for (int[] edge : edges) {
            graph.edge(edge[0], edge[1], edge[2]);
        }
        return problem(graph.build(), costs);
    }

    /** A problem on idle devices with links of bandwidth 1 and no latency. */
    public static Problem problem(TaskGraph graph, double[][] costs) {
        int devices = costs[0].length;
        return new Problem(graph, new Platform(idle(devices), Links.uniform(devices, 1, 0)), CostTable.perTask(costs));
    }

    public static List<Device> idle(int count) {
        List<Device> devices = new ArrayList<>();
        for (int device = 0; device < count; device++) {
            devices.add(new Device("p" + device, 0));
        }
        return devices;
    }

    /** Anything goes: zero costs and volumes, devices that run only some tasks, busy devices, unequal links. */
    public static Problem random(SplittableRandom random, int tasksMax, int devicesMax) {
        int tasks = random.nextInt(1, tasksMax + 1);
        int devices = random.nextInt(1, devicesMax + 1);
        var graph = TaskGraph.builder().tasks(tasks);
        double density = random.nextDouble();
        boolean whole = random.nextBoolean();
        for (int from = 0; from < tasks; from++) {
            for (int to = from + 1; to < tasks; to++) {
                if (random.nextDouble() < density) {
                    graph.edge(from, to, figure(random, 40, whole));
                }
            }
        }
        double[][] costs = new double[tasks][devices];
        for (double[] row : costs) {
            for (int device = 0; device < devices; device++) {
                row[device] = random.nextInt(5) == 0 ? CostTable.CANNOT_RUN : figure(random, 20, whole);
            }
            row[random.nextInt(devices)] = figure(random, 20, whole);
        }
        double[][] bandwidth = new double[devices][devices];
        double[][] latency = new double[devices][devices];
        List<Device> all = new ArrayList<>();
        for (int a = 0; a < devices; a++) {
            all.add(new Device("p" + a, random.nextInt(3) == 0 ? figure(random, 30, whole) : 0));
            for (int b = 0; b < devices; b++) {
                bandwidth[a][b] = 0.5 + figure(random, 4, whole);
                latency[a][b] = figure(random, 3, whole);
            }
        }
        return new Problem(
                graph.build(), new Platform(all, Links.perPair(bandwidth, latency)), CostTable.perTask(costs));
    }

    /** From 0 to below {@code bound}. */
    public static double figure(SplittableRandom random, int bound, boolean whole) {
        return whole ? random.nextInt(bound) : random.nextDouble() * bound;
    }
}
