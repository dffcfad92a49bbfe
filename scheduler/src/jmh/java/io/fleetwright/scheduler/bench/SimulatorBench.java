package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/** How many runs of tasks a second the simulator gets through on one thread, policy included. */
final class SimulatorBench {
    private static final int JOBS = 100_000;
    private static final int TASKS = 20;
    private static final int WARM_UPS = 2;

    private SimulatorBench() {}

    static String run(String policy, SimulationOptions.Semantics semantics, int runs) {
        Workload workload = workload(semantics);
        var random = new SplittableRandom(3);
        List<ArrivalTrace.Arrival> arrivals = new ArrayList<>();
        double at = 0;
        for (int job = 0; job < JOBS; job++) {
            at += -60 * Math.log(1 - random.nextDouble());
            arrivals.add(new ArrivalTrace.Arrival((long) at, "job" + random.nextInt(4)));
        }
        var trace = new ArrivalTrace(arrivals);
        double best = 0;
        double mean = 0;
        for (int run = 0; run < WARM_UPS + runs; run++) {
            var options = semantics == SimulationOptions.Semantics.DS3 ? SimulationOptions.ds3() : SimulationOptions.real();
            var simulator = new Simulator(
                    workload, OnlinePolicies.named(policy), new TraceArrivals(trace, workload), options.build());
            long before = System.nanoTime();
            SimulationResult result = simulator.run();
            double perSecond = result.taskRuns() / ((System.nanoTime() - before) / 1e9);
            if (run >= WARM_UPS) {
                best = Math.max(best, perSecond);
            }
            mean = result.meanMicros();
        }
        return String.format(
                Locale.ROOT,
                "{\"policy\":\"%s\",\"semantics\":\"%s\",\"jobs\":%d,\"tasks\":%d,\"devices\":%d,\"meanUs\":%.1f,"
                        + "\"taskRunsPerSecond\":%.0f,\"runs\":%d}",
                policy,
                semantics,
                JOBS,
                JOBS * TASKS,
                workload.deviceCount(),
                mean,
                best,
                runs);
    }

    /** Four layered graphs on 16 devices of four kinds. */
    private static Workload workload(SimulationOptions.Semantics semantics) {
        var random = new SplittableRandom(4);
        List<Application> applications = new ArrayList<>();
        List<Map<String, Double>> micros = new ArrayList<>();
        for (int cluster = 0; cluster < 4; cluster++) {
            micros.add(new HashMap<>());
        }
        for (int app = 0; app < 4; app++) {
            var graph = TaskGraph.builder();
            for (int task = 0; task < TASKS; task++) {
                String name = "j%d-t%d".formatted(app, task);
                graph.task(name);
                for (Map<String, Double> cluster : micros) {
                    cluster.put(name, (double) random.nextInt(5, 60));
                }
                if (task > 0) {
                    graph.edge(Math.max(0, task - 1 - random.nextInt(4)), task, random.nextInt(8));
                }
            }
            applications.add(new Application("job" + app, graph.build()));
        }
        List<SocCluster> clusters = new ArrayList<>();
        double[][] bandwidth = new double[4][4];
        for (int cluster = 0; cluster < 4; cluster++) {
            List<Integer> ids = List.of(4 * cluster, 4 * cluster + 1, 4 * cluster + 2, 4 * cluster + 3);
            clusters.add(new SocCluster(
                    cluster, "CPU" + cluster, "c" + cluster, ids, List.of(), List.of(), micros.get(cluster)));
            for (int other = 0; other < 4; other++) {
                bandwidth[cluster][other] = 2;
            }
        }
        return new Workload(new Soc(clusters, bandwidth, 4), applications, SimulationOptions.transfers(semantics));
    }
}
