package io.fleetwright.scheduler.search;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A small problem in a form that can be changed bit by bit. Immutable. */
final class Instance {
    private static final double LEAST = 0.05;
    /** A figure changes by up to this in one step; all are from {@link #LEAST} to 1. */
    private static final double STEP = 0.3;

    private final double[][] costs;
    /** {@code [from][to]} with {@code from < to}; negative for no edge. */
    private final double[][] volumes;

    private final double[][] bandwidths;

    private Instance(double[][] costs, double[][] volumes, double[][] bandwidths) {
        this.costs = costs;
        this.volumes = volumes;
        this.bandwidths = bandwidths;
    }

    /** @param tasksMax at least 3; there are 3 to so many */
    static Instance random(SplittableRandom random, int tasksMax, int devicesMax) {
        int tasks = random.nextInt(3, tasksMax + 1);
        int devices = random.nextInt(2, devicesMax + 1);
        double[][] costs = new double[tasks][devices];
        double[][] volumes = new double[tasks][tasks];
        double[][] bandwidths = new double[devices][devices];
        for (int task = 0; task < tasks; task++) {
            Arrays.setAll(costs[task], _ -> figure(random));
            Arrays.setAll(volumes[task], _ -> random.nextInt(3) == 0 ? figure(random) : -1);
        }
        for (double[] row : bandwidths) {
            Arrays.setAll(row, _ -> figure(random));
        }
        return new Instance(costs, volumes, bandwidths);
    }

    /** The same with one figure or one edge changed. */
    Instance changed(SplittableRandom random) {
        int tasks = costs.length;
        int devices = bandwidths.length;
        var next = new Instance(copy(costs), copy(volumes), copy(bandwidths));
        int from = random.nextInt(tasks - 1);
        int to = random.nextInt(from + 1, tasks);
        switch (random.nextInt(4)) {
            case 0 -> nudge(next.costs[random.nextInt(tasks)], random.nextInt(devices), random);
            case 1 -> nudge(next.bandwidths[random.nextInt(devices)], random.nextInt(devices), random);
            case 2 -> nudge(next.volumes[from], to, random);
            default -> next.volumes[from][to] = volumes[from][to] < 0 ? figure(random) : -1;
        }
        return next;
    }

    Problem problem() {
        int tasks = costs.length;
        int devices = bandwidths.length;
        var graph = TaskGraph.builder().tasks(tasks);
        for (int from = 0; from < tasks; from++) {
            for (int to = from + 1; to < tasks; to++) {
                if (volumes[from][to] >= 0) {
                    graph.edge(from, to, volumes[from][to]);
                }
            }
        }
        List<Device> all = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            all.add(new Device("p" + device, 0));
        }
        return new Problem(
                graph.build(),
                new Platform(all, Links.perPair(bandwidths, new double[devices][devices])),
                CostTable.perTask(costs));
    }

    private static void nudge(double[] row, int at, SplittableRandom random) {
        if (row[at] >= 0) {
            row[at] = Math.clamp(row[at] + random.nextDouble(-STEP, STEP), LEAST, 1);
        }
    }

    private static double figure(SplittableRandom random) {
        return random.nextDouble(LEAST, 1);
    }

    private static double[][] copy(double[][] table) {
        return Arrays.stream(table).map(double[]::clone).toArray(double[][]::new);
    }
}
