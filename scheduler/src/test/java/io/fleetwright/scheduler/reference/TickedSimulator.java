package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.NaivePolicies.Policy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * DS3 as it works inside: processes that wait for a time, one agenda, of equal times the one that was put there first. The
 * scheduler is such a process and runs each microsecond; a device samples power at multiples of ten, so that its run is a
 * chain of waits.
 *
 * @see "Arda et al., DS3, IEEE TC, 2020, section on the simulation framework"
 */
final class TickedSimulator {
    private static final double SAMPLE_MICROS = 10;

    private record Entry(double time, int number, Runnable action) {}

    private final NaiveSystem system;
    private final Policy policy;
    private final List<double[]> arrivals;
    private final List<Entry> agenda = new ArrayList<>();
    private int entries;
    private int arrived;

    private TickedSimulator(RawWorkload workload, Policy policy, List<double[]> arrivals) {
        system = new NaiveSystem(workload, true);
        this.policy = policy;
        this.arrivals = arrivals;
    }

    /** All runs, in order of their ends. */
    static List<NaiveSystem.Run> run(RawWorkload workload, Policy policy, List<double[]> arrivals) {
        var simulator = new TickedSimulator(workload, policy, arrivals);
        simulator.awaitArrival();
        simulator.at(0, simulator::tick);
        while (!simulator.agenda.isEmpty()) {
            Entry next = simulator.agenda.stream()
                    .min(Comparator.comparingDouble(Entry::time).thenComparingInt(Entry::number))
                    .orElseThrow();
            simulator.agenda.remove(next);
            simulator.system.now = next.time();
            next.action().run();
        }
        return simulator.system.runs;
    }

    private void at(double time, Runnable action) {
        agenda.add(new Entry(time, entries++, action));
    }

    private void awaitArrival() {
        if (arrived < arrivals.size()) {
            at(Math.ceil(arrivals.get(arrived)[0]), this::arrive);
        }
    }

    private void arrive() {
        system.enter((int) arrivals.get(arrived++)[1]);
        awaitArrival();
    }

    private void tick() {
        system.offer(ready -> policy.decide(system, ready));
        List<Work> started = new ArrayList<>();
        for (Work work : system.startable()) {
            if (system.isIdle(work.device)) {
                system.begin(work);
                started.add(work);
            }
        }
        boolean jobsLeft = arrived < arrivals.size() || system.jobs.stream().anyMatch(job -> !job.isDone());
        if (jobsLeft) {
            at(system.now + 1, this::tick);
        }
        started.forEach(work -> at(system.now, () -> step(work, system.execution(work, work.device))));
    }

    private void step(Work work, double left) {
        double toSample = SAMPLE_MICROS - system.now % SAMPLE_MICROS;
        double step = Math.min(left, toSample);
        at(system.now + step, () -> {
            if (left - step == 0) {
                system.end(work);
            } else {
                step(work, left - step);
            }
        });
    }
}
