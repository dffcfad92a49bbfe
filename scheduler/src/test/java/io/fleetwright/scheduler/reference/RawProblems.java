package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Seeded problems of every shape that has made list schedulers differ. Figures are small whole numbers, and bandwidths
 * powers of two, so that sums are exact and ties abound; or any real numbers, so that there are none.
 */
final class RawProblems {
    /** How the tasks hang together. */
    enum Shape {
        ANY,
        CHAIN,
        INDEPENDENT,
        FAN_OUT,
        FAN_IN,
        LAYERS,
        DISCONNECTED_CHAINS,
        SINGLE
    }

    private final SplittableRandom random;
    private final boolean whole;

    private RawProblems(SplittableRandom random, boolean whole) {
        this.random = random;
        this.whole = whole;
    }

    static RawProblem random(SplittableRandom random, int tasksMax, int devicesMax) {
        Shape shape = Shape.values()[random.nextInt(Shape.values().length)];
        return new RawProblems(random, random.nextInt(4) > 0).make(shape, tasksMax, devicesMax, random.nextInt(4) == 0);
    }

    /** The tables of {@link TestProblems#topcuoglu2002}. */
    static RawProblem topcuoglu2002() {
        Problem problem = TestProblems.topcuoglu2002();
        TaskGraph graph = problem.graph();
        List<Edge> edges = new ArrayList<>();
        double[][] cost = new double[problem.taskCount()][problem.deviceCount()];
        for (int task = 0; task < cost.length; task++) {
            int row = task;
            Arrays.setAll(cost[task], device -> problem.costs().executionTime(row, device));
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                edges.add(new Edge(task, graph.outTask(e), graph.outVolume(e)));
            }
        }
        int[] own = IntStream.range(0, problem.deviceCount()).toArray();
        double[][] rate = new double[own.length][own.length];
        Arrays.stream(rate).forEach(row -> Arrays.fill(row, 1));
        double[][] none = new double[own.length][own.length];
        return new RawProblem(cost.length, edges, own, own, cost, rate, none, new double[own.length]);
    }

    /** Whole figures only. */
    static RawProblem whole(SplittableRandom random, int tasksMax, int devicesMax) {
        Shape shape = Shape.values()[random.nextInt(Shape.values().length)];
        return new RawProblems(random, true).make(shape, tasksMax, devicesMax, random.nextInt(4) == 0);
    }

    /** Whole figures only, all devices linked and free, every task runs everywhere. */
    static RawProblem plain(SplittableRandom random, int tasksMax, int devicesMax) {
        RawProblem any = new RawProblems(random, true).make(Shape.ANY, tasksMax, devicesMax, false);
        for (double[] row : any.cost()) {
            Arrays.setAll(row, kind -> row[kind] < Double.POSITIVE_INFINITY ? row[kind] : 9);
        }
        return new RawProblem(
                any.tasks(),
                any.edges(),
                any.kindOfDevice(),
                any.zoneOfDevice(),
                any.cost(),
                any.bandwidth(),
                any.latency(),
                new double[any.devices()]);
    }

    /** Real figures, of few kinds, all devices linked alike, so that nothing ties but like devices in like states. */
    static RawProblem fewKinds(SplittableRandom random, int tasksMax, int devicesMax) {
        Shape shape = Shape.values()[random.nextInt(Shape.values().length)];
        int devices = random.nextInt(1, devicesMax + 1);
        RawProblem any =
                new RawProblems(random, false).make(shape, tasksMax, devices, random.nextInt(1, devices + 1), 1, false);
        Arrays.fill(any.ready(), 0);
        for (double[] row : any.cost()) {
            Arrays.setAll(row, kind -> row[kind] == 5 ? 1 + random.nextDouble() : row[kind]);
        }
        return any;
    }

    /** Sixteen devices and more of few kinds in few zones, so that there are many of each. */
    static RawProblem crowd(SplittableRandom random, int tasksMax, int devicesMax) {
        Shape shape = Shape.values()[random.nextInt(Shape.values().length)];
        int devices = random.nextInt(16, devicesMax + 1);
        int kinds = random.nextInt(1, 3);
        return new RawProblems(random, true)
                .make(shape, tasksMax, devices, kinds, kinds == 1 ? random.nextInt(1, 3) : 1, random.nextInt(4) == 0);
    }

    private RawProblem make(Shape shape, int tasksMax, int devicesMax, boolean linksMissing) {
        int devices = random.nextInt(1, devicesMax + 1);
        // Sums over kinds and zones are those over devices, but for rounding, which whole figures do not have.
        int kinds = !whole || random.nextBoolean() ? devices : random.nextInt(1, devices + 1);
        int zones = !whole || random.nextBoolean() ? devices : random.nextInt(1, devices + 1);
        return make(shape, tasksMax, devices, kinds, zones, linksMissing);
    }

    private RawProblem make(Shape shape, int tasksMax, int devices, int kinds, int zones, boolean linksMissing) {
        int tasks = shape == Shape.SINGLE ? 1 : random.nextInt(1, tasksMax + 1);
        double[][] bandwidth = new double[zones][zones];
        double[][] latency = new double[zones][zones];
        boolean latent = random.nextBoolean();
        for (int from = 0; from < zones; from++) {
            for (int to = 0; to < zones; to++) {
                boolean missing = linksMissing && random.nextInt(3) == 0;
                double rate = whole ? Math.pow(2, random.nextInt(-1, 3)) : 0.5 + 3 * random.nextDouble();
                bandwidth[from][to] = missing ? 0 : rate;
                latency[from][to] = latent ? figure(4) : 0;
            }
        }
        double[] ready = new double[devices];
        boolean busy = random.nextInt(3) == 0;
        Arrays.setAll(ready, _ -> busy ? figure(20) : 0);
        return new RawProblem(
                tasks,
                edges(shape, tasks),
                assigned(devices, kinds),
                assigned(devices, zones),
                costs(tasks, kinds),
                bandwidth,
                latency,
                ready);
    }

    /** Each of {@code groups} has a member; with as many groups as members each is its own. */
    private int[] assigned(int members, int groups) {
        return IntStream.range(0, members)
                .map(member -> member < groups ? member : random.nextInt(groups))
                .toArray();
    }

    private double[][] costs(int tasks, int kinds) {
        int most = random.nextInt(3) == 0 ? 3 : 20;
        boolean alike = random.nextInt(6) == 0;
        double[][] costs = new double[tasks][kinds];
        for (double[] row : costs) {
            Arrays.setAll(row, _ -> alike ? 5 : random.nextInt(6) == 0 ? Double.POSITIVE_INFINITY : figure(most));
            row[random.nextInt(kinds)] = figure(most);
        }
        return costs;
    }

    private List<Edge> edges(Shape shape, int tasks) {
        Set<List<Integer>> pairs = new LinkedHashSet<>();
        double density = random.nextDouble();
        int layer = random.nextInt(1, 6);
        for (int from = 0; from < tasks; from++) {
            for (int to = from + 1; to < tasks; to++) {
                boolean joined = switch (shape) {
                    case ANY -> random.nextDouble() < density;
                    case CHAIN -> to == from + 1;
                    case INDEPENDENT, SINGLE -> false;
                    case FAN_OUT -> from == 0;
                    case FAN_IN -> to == tasks - 1;
                    case LAYERS -> to / layer == from / layer + 1;
                    case DISCONNECTED_CHAINS -> to == from + layer;
                };
                if (joined) {
                    pairs.add(List.of(from, to));
                }
            }
        }
        List<List<Integer>> shuffled = new ArrayList<>(pairs);
        for (int i = shuffled.size() - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            shuffled.set(i, shuffled.set(other, shuffled.get(i)));
        }
        // Numbers that do not follow the edges: the order of ids must not pass for a topological one.
        int[] number = IntStream.range(0, tasks).toArray();
        if (random.nextBoolean()) {
            for (int i = tasks - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                int swapped = number[i];
                number[i] = number[other];
                number[other] = swapped;
            }
        }
        boolean light = random.nextBoolean();
        return shuffled.stream()
                .map(pair -> new Edge(number[pair.get(0)], number[pair.get(1)], figure(light ? 6 : 40)))
                .toList();
    }

    /** From 0 to below {@code bound}. */
    private double figure(int bound) {
        return whole ? random.nextInt(bound) : random.nextDouble() * bound;
    }
}
