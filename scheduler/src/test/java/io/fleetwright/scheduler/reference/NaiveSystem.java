package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.RawProblem.Edge;
import io.fleetwright.scheduler.reference.Work.Job;
import io.fleetwright.scheduler.reference.Work.Phase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** What the naive simulators and policies know, in plain lists. */
final class NaiveSystem {
    /** What ran where and when, in order of its end. */
    record Run(int job, int app, int task, int device, double start, double finish, boolean completed) {}

    final RawWorkload workload;
    final boolean wholeTransfers;
    final List<Job> jobs = new ArrayList<>();
    final List<Work> ready = new ArrayList<>();
    /** In order of placement. */
    final List<Work> placed = new ArrayList<>();

    final List<Work> running = new ArrayList<>();
    final List<Run> runs = new ArrayList<>();
    final boolean[] online;
    /** When the policy expects each device to be free. */
    final double[] free;

    final int[] point;
    final double[][] linkFactor;
    double now;

    NaiveSystem(RawWorkload workload, boolean wholeTransfers) {
        this.workload = workload;
        this.wholeTransfers = wholeTransfers;
        online = new boolean[workload.devices()];
        Arrays.fill(online, true);
        free = new double[workload.devices()];
        point = new int[workload.sizes().length];
        Arrays.setAll(point, cluster -> workload.megahertz()[cluster].length - 1);
        linkFactor = new double[point.length][point.length];
        Arrays.stream(linkFactor).forEach(row -> Arrays.fill(row, 1));
    }

    Job enter(int app) {
        var job = new Job(jobs.size(), app, workload.apps().get(app), now);
        jobs.add(job);
        job.works.stream().filter(Work::inputsAreMade).forEach(this::makeReady);
        return job;
    }

    void makeReady(Work work) {
        work.phase = Phase.READY;
        ready.add(work);
    }

    boolean isIdle(int device) {
        return running.stream().noneMatch(work -> work.device == device);
    }

    double execution(Work work, int device) {
        int cluster = workload.clusterOf(device);
        return work.job.graph.cost()[work.task][cluster] * workload.slowdown(cluster, point[cluster]);
    }

    double transfer(Edge edge, int from, int to) {
        int a = workload.clusterOf(from);
        int b = workload.clusterOf(to);
        if (from == to) {
            return wholeTransfers ? Math.floor(edge.volume() / workload.bandwidthWithin()) : 0;
        }
        double micros = edge.volume() / workload.bandwidth()[a][b];
        return (wholeTransfers ? Math.floor(micros) : micros) * linkFactor[a][b];
    }

    /** When the inputs would be there, were the links free. */
    double inputArrival(Work work, int device) {
        return work.job.graph.into(work.task).stream()
                .mapToDouble(edge -> {
                    Work from = work.job.works.get(edge.from());
                    return from.finish + transfer(edge, from.device, device);
                })
                .reduce(work.job.arrival, Math::max);
    }

    /** What every finish-time rule expects: execution after inputs, device and now. */
    double estimate(Work work, int device) {
        return online[device]
                ? Math.max(now, Math.max(free[device], inputArrival(work, device))) + execution(work, device)
                : Double.POSITIVE_INFINITY;
    }

    void place(Work work, int device, double expected) {
        ready.remove(work);
        placed.add(work);
        work.phase = Phase.PLACED;
        work.device = device;
        work.inputs = inputArrival(work, device);
        free[device] = Math.max(free[device], expected);
    }

    /** Placed ones that could begin now, by job and then by placement, were they alone on their devices. */
    List<Work> startable() {
        return placed.stream()
                .filter(work -> work.inputs <= now && online[work.device])
                .sorted(Comparator.comparingInt(work -> work.job.number))
                .toList();
    }

    void begin(Work work) {
        placed.remove(work);
        running.add(work);
        work.phase = Phase.RUNNING;
        work.start = now;
    }

    /** Ends a run; its successors may become ready. */
    void end(Work work) {
        running.remove(work);
        note(work, true);
        work.phase = Phase.DONE;
        work.finish = now;
        work.job.graph.outOf(work.task).stream()
                .map(edge -> work.job.works.get(edge.to()))
                .filter(Work::inputsAreMade)
                .forEach(this::makeReady);
    }

    void cutOff(Work work) {
        running.remove(work);
        note(work, false);
    }

    private void note(Work work, boolean completed) {
        runs.add(new Run(work.job.number, work.job.app, work.task, work.device, work.start, now, completed));
    }

    /** Offers a copy of the ready list, so that a policy may place while it walks. */
    void offer(Consumer<List<Work>> policy) {
        if (!ready.isEmpty()) {
            policy.accept(List.copyOf(ready));
        }
    }
}
