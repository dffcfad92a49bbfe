package io.fleetwright.scheduler.train;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Made-up platforms and jobs to train on, each decided by its seed alone. A platform has one to three clusters that run everything
 * and up to four that run a few kinds of task much faster; a job is a row of stages, each of parallel tasks of one kind. So nothing
 * of the workloads that a policy is judged by is in what it learned from.
 */
public final class TrainingGround {
    private static final int KINDS_MAX = 14;
    private static final int STAGES_MAX = 7;
    private static final int WIDTH_MAX = 6;
    private static final int JOBS_MIN = 30;
    private static final int JOBS_MAX = 240;
    /** Of what ETF gets done; above 1 the system fills as long as jobs come. */
    private static final double LOAD_MIN = 0.5;

    private static final double LOAD_MAX = 2;

    private final SplittableRandom random;
    private double[] micros = {};

    private TrainingGround(long seed) {
        random = new SplittableRandom(seed);
    }

    /** The scenario of a seed. */
    public static JobStream scenario(long seed) {
        return new TrainingGround(seed).scenario();
    }

    private JobStream scenario() {
        Workload.Transfers transfers =
                random.nextBoolean() ? Workload.Transfers.WHOLE_MICROS : Workload.Transfers.EXACT;
        micros = new double[random.nextInt(4, KINDS_MAX + 1)];
        for (int kind = 0; kind < micros.length; kind++) {
            micros[kind] = Math.rint(between(2, 120));
        }
        Soc soc = soc();
        List<Application> applications = new ArrayList<>();
        for (int app = random.nextInt(2, 7); app > 0; app--) {
            applications.add(new Application("app-" + app, graph()));
        }
        Workload workload = new Workload(soc, applications, transfers);
        double[] share = new double[applications.size()];
        for (int app = 0; app < share.length; app++) {
            share[app] = between(0.1, 1);
        }
        double noise = 0.1 * random.nextInt(4);
        double load = between(LOAD_MIN, LOAD_MAX);
        int jobs = (int) between(JOBS_MIN, JOBS_MAX);
        return JobStream.of(workload, share, jobs, load, noise, random.nextLong());
    }

    /** A figure whose logarithm is evenly spread. */
    private double between(double least, double most) {
        return least * StrictMath.pow(most / least, random.nextDouble());
    }

    private Soc soc() {
        List<SocCluster> clusters = new ArrayList<>();
        int next = 0;
        int general = random.nextInt(1, 4);
        int special = random.nextInt(0, 5);
        for (int c = 0; c < general + special; c++) {
            int size = random.nextInt(1, 5);
            List<Integer> devices = new ArrayList<>();
            for (int device = 0; device < size; device++) {
                devices.add(next++);
            }
            Map<String, Double> execution = c < general ? everything() : few();
            clusters.add(
                    new SocCluster(c, c < general ? "CPU" : "ACC", "c" + c, devices, List.of(), List.of(), execution));
        }
        double[][] bandwidth = new double[clusters.size()][clusters.size()];
        double typical = between(0.2, 20);
        for (int a = 0; a < bandwidth.length; a++) {
            for (int b = 0; b <= a; b++) {
                bandwidth[a][b] = typical * between(0.5, 2);
                bandwidth[b][a] = bandwidth[a][b];
            }
        }
        return new Soc(clusters, bandwidth, 1000 * typical);
    }

    /** A core: all kinds, some a little better than others. */
    private Map<String, Double> everything() {
        double speed = between(0.3, 1);
        Map<String, Double> execution = new HashMap<>();
        for (int kind = 0; kind < micros.length; kind++) {
            execution.put(name(kind), whole(micros[kind] / speed * between(0.8, 1.25)));
        }
        return execution;
    }

    /** An accelerator. */
    private Map<String, Double> few() {
        Map<String, Double> execution = new HashMap<>();
        for (int times = random.nextInt(1, 4); times > 0; times--) {
            int kind = random.nextInt(micros.length);
            execution.put(name(kind), whole(micros[kind] / between(1.5, 20)));
        }
        return execution;
    }

    private static double whole(double value) {
        return Math.max(1, Math.rint(value));
    }

    private static String name(int kind) {
        return "kind-" + kind;
    }

    /** Stages of parallel tasks; a task takes from the one beside it, or from the whole stage before, or from some of it. */
    private TaskGraph graph() {
        TaskGraph.Builder graph = TaskGraph.builder();
        int stages = random.nextInt(2, STAGES_MAX + 1);
        int width = random.nextInt(1, WIDTH_MAX + 1);
        double density = random.nextDouble();
        int tasks = 0;
        int before = 0;
        for (int stage = 0; stage < stages; stage++) {
            int size = random.nextInt(3) == 0 ? random.nextInt(1, WIDTH_MAX + 1) : width;
            int kind = random.nextInt(micros.length);
            double volume = Math.rint(between(1, 30));
            for (int i = 0; i < size; i++) {
                graph.task(name(kind));
                for (int from = 0; from < before; from++) {
                    boolean beside = from == i % before;
                    if (beside || size != before && from % size == i || random.nextDouble() < density * density) {
                        graph.edge(tasks - before + from, tasks + i, volume);
                    }
                }
            }
            tasks += size;
            before = size;
        }
        return graph.build();
    }
}
