package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.OperatingPoint;
import io.fleetwright.scheduler.sim.PowerProfile;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Applications on clusters of accelerators, as bare tables. Accelerators neither leak nor heat, so that energy is power
 * times time.
 *
 * @param apps the applications
 * @param sizes devices of each cluster; devices are numbered through the clusters
 * @param megahertz {@code [cluster][point]}, rising
 * @param volts {@code [cluster][point]}
 * @param watts {@code [cluster][k-1]} with {@code k} devices busy at the highest point
 * @param bandwidth {@code [cluster][cluster]}, symmetric
 * @param bandwidthWithin from a device to itself
 */
public record RawWorkload(
        List<App> apps,
        int[] sizes,
        double[][] megahertz,
        double[][] volts,
        double[][] watts,
        double[][] bandwidth,
        double bandwidthWithin) {
    /** @param cost {@code [task][cluster]}; infinite where it does not run */
    public record App(double[][] cost, List<Edge> edges) {
        int tasks() {
            return cost.length;
        }

        List<Edge> into(int task) {
            return edges.stream().filter(edge -> edge.to() == task).toList();
        }

        List<Edge> outOf(int task) {
            return edges.stream().filter(edge -> edge.from() == task).toList();
        }
    }

    int devices() {
        return Arrays.stream(sizes).sum();
    }

    int clusterOf(int device) {
        int cluster = 0;
        int first = 0;
        while (device >= first + sizes[cluster]) {
            first += sizes[cluster++];
        }
        return cluster;
    }

    /** How much longer than at the highest point. */
    double slowdown(int cluster, int point) {
        return megahertz[cluster][megahertz[cluster].length - 1] / megahertz[cluster][point];
    }

    /** Measured at the highest point, and in proportion to {@code f V^2} at others. */
    double watts(int cluster, int busy, int point) {
        if (busy == 0) {
            return 0;
        }
        int top = megahertz[cluster].length - 1;
        double f = megahertz[cluster][point] / megahertz[cluster][top];
        double v = volts[cluster][point] / volts[cluster][top];
        return watts[cluster][Math.min(busy, watts[cluster].length) - 1] * f * v * v;
    }

    /** Of each task of an application, by mean figures over all devices. */
    double[] ranks(int app) {
        int[] own = IntStream.range(0, devices()).toArray();
        int[] cluster = Arrays.stream(own).map(this::clusterOf).toArray();
        return Figures.upwardRanks(new RawProblem(
                apps.get(app).tasks(),
                apps.get(app).edges(),
                cluster,
                cluster,
                apps.get(app).cost(),
                bandwidth,
                new double[sizes.length][sizes.length],
                new double[devices()]));
    }

    public Workload toWorkload(Workload.Transfers transfers) {
        List<SocCluster> clusters = new ArrayList<>();
        for (int c = 0; c < sizes.length; c++) {
            int cluster = c;
            Map<String, Double> micros = new HashMap<>();
            for (int app = 0; app < apps.size(); app++) {
                for (int task = 0; task < apps.get(app).tasks(); task++) {
                    double cost = apps.get(app).cost()[task][c];
                    if (cost < Double.POSITIVE_INFINITY) {
                        micros.put(name(app, task), cost);
                    }
                }
            }
            int first = Arrays.stream(sizes).limit(c).sum();
            clusters.add(new SocCluster(
                    c,
                    "ACC",
                    "C" + c,
                    IntStream.range(first, first + sizes[c]).boxed().toList(),
                    IntStream.range(0, megahertz[c].length)
                            .mapToObj(point -> new OperatingPoint(megahertz[cluster][point], volts[cluster][point]))
                            .toList(),
                    List.of(new PowerProfile(
                            megahertz[c][megahertz[c].length - 1],
                            DoubleStream.of(watts[c]).boxed().toList())),
                    micros));
        }
        return new Workload(
                new Soc(clusters, bandwidth, bandwidthWithin),
                IntStream.range(0, apps.size()).mapToObj(this::application).toList(),
                transfers);
    }

    public static String appName(int app) {
        return "app" + app;
    }

    private static String name(int app, int task) {
        return appName(app) + "." + task;
    }

    private Application application(int app) {
        var graph = TaskGraph.builder();
        for (int task = 0; task < apps.get(app).tasks(); task++) {
            graph.task(name(app, task));
        }
        apps.get(app).edges().forEach(edge -> graph.edge(edge.from(), edge.to(), edge.volume()));
        return new Application(appName(app), graph.build());
    }
}
