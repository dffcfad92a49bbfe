package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The same problem with one thing changed, and problems in which one thing matters. */
public final class Variants {
    /** A time for a task on a device, seen from the one it had. */
    @FunctionalInterface
    public interface Cost {
        double of(int task, int device, double was);
    }

    private Variants() {}

    public static Problem withLinks(Problem problem, Links links) {
        return new Problem(problem.graph(), new Platform(problem.platform().devices(), links), problem.costs());
    }

    public static Problem withReadyTimes(Problem problem, double... ready) {
        var devices = IntStream.range(0, ready.length)
                .mapToObj(device -> new Device("p" + device, ready[device]))
                .toList();
        return new Problem(
                problem.graph(), new Platform(devices, problem.platform().links()), problem.costs());
    }

    public static Problem withCosts(Problem problem, Cost cost) {
        double[][] costs = new double[problem.taskCount()][problem.deviceCount()];
        for (int task = 0; task < costs.length; task++) {
            int row = task;
            Arrays.setAll(
                    costs[task], device -> cost.of(row, device, problem.costs().executionTime(row, device)));
        }
        return new Problem(problem.graph(), problem.platform(), CostTable.perTask(costs));
    }

    /** The same edges the other way round. */
    public static TaskGraph reversed(TaskGraph graph) {
        var reversed = TaskGraph.builder().tasks(graph.taskCount());
        for (int task = 0; task < graph.taskCount(); task++) {
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                reversed.edge(graph.outTask(e), task, graph.outVolume(e));
            }
        }
        return reversed.build();
    }

    /** Like devices; the tasks take the given times in turn. */
    public static Problem alike(TaskGraph graph, int devices, double... cost) {
        double[][] costs = new double[graph.taskCount()][devices];
        IntStream.range(0, costs.length).forEach(task -> Arrays.fill(costs[task], cost[task % cost.length]));
        return TestProblems.problem(graph, costs);
    }

    /** About one link in {@code oneIn} is missing; the others have bandwidths 1, 2 and 4 and whole latencies. */
    public static Problem sparse(SplittableRandom random, Problem problem, int oneIn) {
        int devices = problem.deviceCount();
        double[][] bandwidth = new double[devices][devices];
        double[][] latency = new double[devices][devices];
        for (int from = 0; from < devices; from++) {
            Arrays.setAll(bandwidth[from], _ -> random.nextInt(oneIn) == 0 ? 0 : 1 << random.nextInt(3));
            Arrays.setAll(latency[from], _ -> random.nextInt(4));
        }
        return withLinks(problem, Links.perPair(bandwidth, latency));
    }

    /** Any problem, in one of three with missing links. */
    public static Problem any(SplittableRandom random, int tasksMax, int devicesMax) {
        Problem problem = TestProblems.random(random, tasksMax, devicesMax);
        return random.nextInt(3) == 0 ? sparse(random, problem, 4) : problem;
    }
}
