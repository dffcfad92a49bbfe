package io.fleetwright.scheduler.sim;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A small system said in text, and what ran on it said in text, for timelines that are worked out by hand.
 *
 * <p>A cluster is {@code "A 2: a=10 b=6"}: its name, its devices, and the microseconds of each task. An application is
 * {@code "a b; a>b 5"}: its tasks, and its edges with their volumes. Unless told otherwise all bandwidths are 1, a busy
 * device takes 1 W at the only clock, and nothing leaks. Jobs are {@code "app@0 app@2.5"}.
 */
public final class Scenario {
    /** What memory and GPU draw always. */
    public static final double BASE_WATTS = 0.0473 + 0.1201;

    private static final class Cluster {
        String name = "";
        int devices;
        String type = "ACC";
        final List<OperatingPoint> points = new ArrayList<>();
        final List<Double> watts = new ArrayList<>();
        final Map<String, Double> micros = new HashMap<>();
    }

    private final Semantics semantics;
    private final List<Cluster> clusters = new ArrayList<>();
    private final List<Application> applications = new ArrayList<>();
    private final double[][] bandwidth;
    private final SimulationOptions.Builder options;
    private final List<ArrivalTrace.Arrival> arrivals = new ArrayList<>();
    private Admission admission = Admission.EVERY_JOB;

    private Scenario(Semantics semantics, String... clusters) {
        this.semantics = semantics;
        options = semantics == Semantics.REAL ? SimulationOptions.real() : SimulationOptions.ds3();
        for (String text : clusters) {
            this.clusters.add(cluster(text));
        }
        bandwidth = new double[clusters.length][clusters.length];
        Arrays.stream(bandwidth).forEach(row -> Arrays.fill(row, 1));
    }

    /** In real time. */
    public static Scenario on(String... clusters) {
        return new Scenario(Semantics.REAL, clusters);
    }

    /** In whole microseconds. */
    public static Scenario ticking(String... clusters) {
        return new Scenario(Semantics.DS3, clusters);
    }

    private static Cluster cluster(String text) {
        String[] parts = text.split(": ");
        var cluster = new Cluster();
        cluster.name = parts[0].split(" ")[0];
        cluster.devices = Integer.parseInt(parts[0].split(" ")[1]);
        for (String task : parts[1].split(" ")) {
            cluster.micros.put(task.split("=")[0], Double.parseDouble(task.split("=")[1]));
        }
        return cluster;
    }

    public Scenario app(String name, String text) {
        String[] parts = text.split("; ");
        List<String> tasks = List.of(parts[0].split(" "));
        var graph = TaskGraph.builder();
        tasks.forEach(graph::task);
        for (String edge : List.of(parts).subList(1, parts.length)) {
            String[] ends = edge.split("[> ]");
            graph.edge(tasks.indexOf(ends[0]), tasks.indexOf(ends[1]), Double.parseDouble(ends[2]));
        }
        applications.add(new Application(name, graph.build()));
        return this;
    }

    public Scenario bandwidth(int a, int b, double value) {
        bandwidth[a][b] = value;
        bandwidth[b][a] = value;
        return this;
    }

    /** Frequency and voltage by turns, by rising frequency; tasks take their time at the last. */
    public Scenario points(int cluster, double... megahertzAndVolts) {
        for (int i = 0; i < megahertzAndVolts.length; i += 2) {
            clusters.get(cluster).points.add(new OperatingPoint(megahertzAndVolts[i], megahertzAndVolts[i + 1]));
        }
        return this;
    }

    /** With one, two and more devices busy, at the highest clock. */
    public Scenario watts(int cluster, double... watts) {
        Arrays.stream(watts).forEach(clusters.get(cluster).watts::add);
        return this;
    }

    public Scenario type(int cluster, String type) {
        clusters.get(cluster).type = type;
        return this;
    }

    public Scenario with(Consumer<SimulationOptions.Builder> change) {
        change.accept(options);
        return this;
    }

    public Scenario admission(Admission value) {
        admission = value;
        return this;
    }

    public Scenario jobs(String text) {
        for (String job : text.split(" ")) {
            arrivals.add(new ArrivalTrace.Arrival(Double.parseDouble(job.split("@")[1]), job.split("@")[0]));
        }
        return this;
    }

    /** So many jobs of an application at fixed distances. */
    public Scenario jobs(String app, int count, double interval) {
        IntStream.range(0, count).forEach(job -> arrivals.add(new ArrivalTrace.Arrival(job * interval, app)));
        return this;
    }

    public Workload workload() {
        List<SocCluster> made = new ArrayList<>();
        int first = 0;
        for (int id = 0; id < clusters.size(); id++) {
            Cluster cluster = clusters.get(id);
            List<OperatingPoint> points =
                    cluster.points.isEmpty() ? List.of(new OperatingPoint(1000, 1)) : cluster.points;
            List<Double> watts = cluster.watts.isEmpty()
                    ? IntStream.rangeClosed(1, cluster.devices)
                            .mapToObj(busy -> (double) busy)
                            .toList()
                    : cluster.watts;
            made.add(new SocCluster(
                    id,
                    cluster.type,
                    cluster.name,
                    IntStream.range(first, first + cluster.devices).boxed().toList(),
                    points,
                    List.of(new PowerProfile(points.getLast().megahertz(), watts)),
                    cluster.micros));
            first += cluster.devices;
        }
        return new Workload(new Soc(made, bandwidth, 1e9), applications, SimulationOptions.transfers(semantics));
    }

    public SimulationResult run(OnlinePolicy policy) {
        return run(policy, workload());
    }

    private SimulationResult run(OnlinePolicy policy, Workload workload) {
        return new Simulator(
                        workload,
                        policy,
                        admission,
                        new TraceArrivals(new ArrivalTrace(arrivals), workload),
                        options.recordSchedule(true).build())
                .run();
    }

    /** Every run in order of its end, as {@code "0a@1 5-15"}: task a of job 0 on device 1; with a {@code !} if it was cut off. */
    public List<String> timeline(OnlinePolicy policy) {
        Workload workload = workload();
        return run(policy, workload).schedule().stream()
                .map(entry -> said(workload, entry))
                .toList();
    }

    private static String said(Workload workload, ScheduleEntry entry) {
        return entry.job()
                + workload.graph(entry.app()).name(entry.task())
                + "@" + entry.device()
                + " " + number(entry.startMicros())
                + "-" + number(entry.finishMicros())
                + (entry.completed() ? "" : "!");
    }

    /** To nine digits, so that rounding does not show. */
    private static String number(double value) {
        return new BigDecimal(value)
                .round(new MathContext(9))
                .stripTrailingZeros()
                .toPlainString();
    }

    /**
     * Every ready task to the device that the text names for it, as in {@code "a=0 b=1 2a=1"}: the last is for job 2 alone.
     * It leaves tasks whose device is away.
     */
    public static OnlinePolicy fixed(String places) {
        Map<String, Integer> devices = new HashMap<>();
        for (String place : places.split(" ")) {
            devices.put(place.split("=")[0], Integer.parseInt(place.split("=")[1]));
        }
        return state -> {
            for (int i = 0; i < state.readyCount(); i++) {
                int task = state.readyTask(i);
                String name = name(state, task);
                int device = devices.getOrDefault(
                        state.jobNumber(state.slotOf(task)) + name, devices.getOrDefault(name, SystemState.NONE));
                if (device != SystemState.NONE && state.isOnline(device)) {
                    state.place(task, device, state.now());
                }
            }
        };
    }

    public static String name(SystemState state, int task) {
        return state.workload().graph(state.application(state.slotOf(task))).name(state.node(task));
    }

    /** The same, and the first cluster's clock is set at the times that the text names, as in {@code "4=0 9=1"}. */
    public static OnlinePolicy fixed(String places, String clocks) {
        OnlinePolicy placing = fixed(places);
        Map<Double, Integer> points = new HashMap<>();
        for (String clock : clocks.split(" ")) {
            points.put(Double.valueOf(clock.split("=")[0]), Integer.parseInt(clock.split("=")[1]));
        }
        return state -> {
            placing.decide(state);
            state.setOperatingPoint(0, points.getOrDefault(state.now(), state.operatingPoint(0)));
        };
    }

    /** The parts of a list in text. */
    public static List<String> list(String text) {
        return text.isBlank() ? Collections.emptyList() : List.of(text.split(", "));
    }
}
