package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.NaivePolicies.Policy;
import io.fleetwright.scheduler.reference.Work.Job;
import io.fleetwright.scheduler.reference.Work.Phase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Continuous time, found by asking everything that may happen when it happens next. Meant for figures that do not
 * coincide: the order of things that happen at the same time is not defined here.
 */
final class RealTimeSimulator {
    /** What memory and GPU of the platform draw always; as in the paper of DS3, section on power. */
    private static final double BASE_WATTS = 0.0473 + 0.1201;

    /** What happens besides the jobs; a world where nothing does is {@link #QUIET}. */
    record World(
            List<Outage> outages,
            List<LinkChange> linkChanges,
            double[] deadlines,
            boolean deadlinesEnforced,
            double capWatts,
            double[] batteries,
            int queueCap,
            double decisionMicros,
            boolean contention) {
        static final World QUIET = new World(
                List.of(),
                List.of(),
                new double[0],
                false,
                Double.POSITIVE_INFINITY,
                new double[0],
                Integer.MAX_VALUE,
                0,
                false);

        World withOutages(List<Outage> value) {
            return new World(
                    value,
                    linkChanges,
                    deadlines,
                    deadlinesEnforced,
                    capWatts,
                    batteries,
                    queueCap,
                    decisionMicros,
                    contention);
        }

        World withLinkChanges(List<LinkChange> value) {
            return new World(
                    outages,
                    value,
                    deadlines,
                    deadlinesEnforced,
                    capWatts,
                    batteries,
                    queueCap,
                    decisionMicros,
                    contention);
        }

        World withDeadlines(boolean enforced, double... value) {
            return new World(
                    outages, linkChanges, value, enforced, capWatts, batteries, queueCap, decisionMicros, contention);
        }

        World withCap(double value) {
            return new World(
                    outages,
                    linkChanges,
                    deadlines,
                    deadlinesEnforced,
                    value,
                    batteries,
                    queueCap,
                    decisionMicros,
                    contention);
        }

        World withBatteries(double... value) {
            return new World(
                    outages,
                    linkChanges,
                    deadlines,
                    deadlinesEnforced,
                    capWatts,
                    value,
                    queueCap,
                    decisionMicros,
                    contention);
        }

        World withQueue(int cap, double decision, boolean busyLinks) {
            return new World(
                    outages, linkChanges, deadlines, deadlinesEnforced, capWatts, batteries, cap, decision, busyLinks);
        }

        /** The part of it that concerns the devices, applications and clusters that there are. */
        World fitting(RawWorkload workload) {
            return withOutages(outages.stream()
                            .filter(outage -> outage.device() < workload.devices())
                            .toList())
                    .withLinkChanges(linkChanges.stream()
                            .filter(change -> Math.max(change.a(), change.b()) < workload.sizes().length)
                            .toList())
                    .withDeadlines(
                            deadlinesEnforced, first(deadlines, workload.apps().size()))
                    .withBatteries(first(batteries, workload.devices()));
        }

        private static double[] first(double[] values, int count) {
            return Arrays.copyOf(values, Math.min(values.length, count));
        }
    }

    /** A device is away. */
    record Outage(int device, double from, double until) {}

    /** Transfers between two clusters take longer. */
    record LinkChange(double at, int a, int b, double factor) {}

    /** What came out. */
    record Outcome(
            List<NaiveSystem.Run> runs,
            List<Double> latencies,
            int abandoned,
            int missed,
            int unfinished,
            double joules,
            double end) {}

    private final NaiveSystem system;
    private final RawWorkload workload;
    private final World world;
    private final Policy policy;
    private final List<double[]> arrivals;
    private final List<Integer> outside = new ArrayList<>();
    private final List<Job> live = new ArrayList<>();
    private final List<Double> latencies = new ArrayList<>();
    private final double[] battery;
    private final double[][] linkFree;
    private int arrived;
    private int abandoned;
    private int missed;
    private double joules;

    private RealTimeSimulator(RawWorkload workload, World world, Policy policy, List<double[]> arrivals) {
        system = new NaiveSystem(workload, false);
        this.workload = workload;
        this.world = world;
        this.policy = policy;
        this.arrivals = arrivals;
        battery = world.batteries().length > 0 ? world.batteries().clone() : new double[workload.devices()];
        if (world.batteries().length == 0) {
            Arrays.fill(battery, Double.POSITIVE_INFINITY);
        }
        linkFree = new double[workload.sizes().length][workload.sizes().length];
    }

    static Outcome run(RawWorkload workload, World world, Policy policy, List<double[]> arrivals) {
        return new RealTimeSimulator(workload, world, policy, arrivals).toEnd();
    }

    private Outcome toEnd() {
        for (double next = next(); next < Double.POSITIVE_INFINITY; next = next()) {
            flow(next - system.now);
            system.now = next;
            happen();
            decide();
            start();
        }
        return new Outcome(
                system.runs,
                latencies.stream().sorted().toList(),
                abandoned,
                missed,
                live.size() + outside.size(),
                joules,
                system.now);
    }

    /** The first time after now, or at it if it is the first of all, at which something happens. */
    private double next() {
        DoubleStream arrival =
                arrived < arrivals.size() ? DoubleStream.of(arrivals.get(arrived)[0]) : DoubleStream.empty();
        return Stream.of(
                        arrival,
                        system.running.stream().mapToDouble(work -> work.finish),
                        system.running.stream().mapToDouble(this::emptyAt),
                        system.placed.stream().mapToDouble(work -> work.inputs).filter(at -> at > system.now),
                        world.outages().stream().mapToDouble(Outage::from).filter(at -> at > system.now),
                        world.outages().stream().mapToDouble(Outage::until).filter(at -> at > system.now),
                        world.linkChanges().stream().mapToDouble(LinkChange::at).filter(at -> at > system.now),
                        live.stream().mapToDouble(this::enforcedDeadline))
                .flatMapToDouble(times -> times)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** Energy of the time until then, and what it takes from the batteries. */
    private void flow(double micros) {
        joules += (BASE_WATTS + watts(-1)) * micros * 1e-6;
        for (Work work : system.running) {
            battery[work.device] -= wattsAlone(work.device) * micros * 1e-6;
        }
    }

    /** Of all clusters, with one more device busy in {@code extra}. */
    private double watts(int extra) {
        return IntStream.range(0, workload.sizes().length)
                .mapToDouble(cluster -> {
                    long busy = system.running.stream()
                            .filter(work -> workload.clusterOf(work.device) == cluster)
                            .count();
                    return workload.watts(cluster, (int) busy + (cluster == extra ? 1 : 0), system.point[cluster]);
                })
                .sum();
    }

    private double wattsAlone(int device) {
        int cluster = workload.clusterOf(device);
        return workload.watts(cluster, 1, system.point[cluster]);
    }

    private double emptyAt(Work work) {
        return system.now + Math.max(0, battery[work.device]) / wattsAlone(work.device) * 1e6;
    }

    private double deadline(Job job) {
        return world.deadlines().length == 0 ? Double.POSITIVE_INFINITY : job.arrival + world.deadlines()[job.app];
    }

    private double enforcedDeadline(Job job) {
        return world.deadlinesEnforced() ? deadline(job) : Double.POSITIVE_INFINITY;
    }

    private void happen() {
        double now = system.now;
        world.linkChanges().stream().filter(change -> change.at() == now).forEach(change -> {
            system.linkFactor[change.a()][change.b()] = change.factor();
            system.linkFactor[change.b()][change.a()] = change.factor();
        });
        for (Work work : List.copyOf(system.running)) {
            if (work.finish == now) {
                finish(work);
            } else if (battery[work.device] <= 1e-12) {
                battery[work.device] = 0;
                lose(work.device);
            }
        }
        for (Job job : List.copyOf(live)) {
            if (enforcedDeadline(job) == now) {
                giveUp(job);
            }
        }
        for (Outage outage : world.outages()) {
            if (outage.from() == now && system.online[outage.device()]) {
                lose(outage.device());
            } else if (outage.until() == now && battery[outage.device()] > 0) {
                system.online[outage.device()] = true;
                system.free[outage.device()] = now;
            }
        }
        if (arrived < arrivals.size() && arrivals.get(arrived)[0] == now) {
            outside.add((int) arrivals.get(arrived++)[1]);
            letIn();
        }
    }

    private void letIn() {
        while (!outside.isEmpty() && live.size() < world.queueCap()) {
            live.add(system.enter(outside.removeFirst()));
        }
    }

    private void finish(Work work) {
        system.end(work);
        Job job = work.job;
        if (job.isDone()) {
            live.remove(job);
            latencies.add(system.now - job.arrival);
            missed += system.now > deadline(job) ? 1 : 0;
            letIn();
        }
    }

    private void giveUp(Job job) {
        live.remove(job);
        abandoned++;
        missed++;
        system.ready.removeAll(job.works);
        system.placed.removeAll(job.works);
        List.copyOf(system.running).stream().filter(work -> work.job == job).forEach(system::cutOff);
        letIn();
    }

    private void lose(int device) {
        system.online[device] = false;
        List<Work> back = new ArrayList<>(
                system.running.stream().filter(work -> work.device == device).toList());
        back.forEach(system::cutOff);
        List<Work> queued = system.placed.stream()
                .filter(work -> work.device == device)
                .sorted(Comparator.comparingInt(work -> work.job.number))
                .toList();
        system.placed.removeAll(queued);
        back.addAll(queued);
        back.forEach(system::makeReady);
        system.free[device] = system.now;
    }

    private void decide() {
        List<Work> before = List.copyOf(system.placed);
        double[] stretch = IntStream.range(0, system.point.length)
                .mapToDouble(cluster -> workload.slowdown(cluster, system.point[cluster]))
                .toArray();
        system.offer(ready -> policy.decide(system, ready));
        for (Work work : system.running) {
            int cluster = workload.clusterOf(work.device);
            double factor = workload.slowdown(cluster, system.point[cluster]) / stretch[cluster];
            work.finish = factor == 1 ? work.finish : system.now + (work.finish - system.now) * factor;
        }
        List<Work> placed = new ArrayList<>(system.placed);
        placed.removeAll(before);
        placed.forEach(work -> {
            queueTransfers(work);
            work.inputs = Math.max(work.inputs, system.now + world.decisionMicros() * placed.size());
        });
    }

    /** One transfer at a time between any two clusters, in the order of placement and of edges. */
    private void queueTransfers(Work work) {
        if (!world.contention()) {
            return;
        }
        work.inputs = work.job.graph.into(work.task).stream()
                .mapToDouble(edge -> {
                    Work from = work.job.works.get(edge.from());
                    double micros = system.transfer(edge, from.device, work.device);
                    int a = workload.clusterOf(from.device);
                    int b = workload.clusterOf(work.device);
                    if (from.device == work.device) {
                        return from.finish + micros;
                    }
                    linkFree[a][b] = Math.max(linkFree[a][b], system.now) + micros;
                    linkFree[b][a] = linkFree[a][b];
                    return linkFree[a][b];
                })
                .reduce(work.job.arrival, Math::max);
    }

    private void start() {
        List<Integer> asked = new ArrayList<>();
        for (Work work : system.startable()) {
            if (system.isIdle(work.device) && !asked.contains(work.device)) {
                asked.add(work.device);
                if (BASE_WATTS + watts(workload.clusterOf(work.device)) <= world.capWatts()) {
                    system.begin(work);
                    work.phase = Phase.RUNNING;
                    work.finish = system.now + system.execution(work, work.device);
                }
            }
        }
    }
}
