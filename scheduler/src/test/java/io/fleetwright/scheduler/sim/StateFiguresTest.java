package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import io.fleetwright.scheduler.reference.RawWorkload;
import io.fleetwright.scheduler.reference.RawWorkloads;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the state tells a policy at each decision, against the bare tables and, once the run is over, against what happened. */
class StateFiguresTest {
    /** What was said of a ready task and a device at a time. */
    private record Said(double now, int job, int app, int node, int device, double inputs, double factor) {}

    private record Ran(int job, int node) {}

    /** Inputs are there at the latest end of a predecessor and its transfer, whatever noise or contention do to it. */
    @Test
    void inputsAreExpectedAtTheLatestEndAndTransfer() {
        var compared = new AtomicInteger();
        SeededCases.forEach(1, 40, (random, _) -> {
            RawWorkload raw = RawWorkloads.real(random);
            List<Said> said = new ArrayList<>();
            List<ArrivalTrace.Arrival> arrivals = arrivals(random, raw);
            double changed = 60 * random.nextDouble();
            SimulationResult result = run(
                    raw,
                    arrivals,
                    SimulationOptions.real()
                            .executionNoise(0.2)
                            .transferNoise(0.2)
                            .linkContention(true)
                            .linkChanges(List.of(new LinkChange(changed, 0, 0, 3)))
                            .seed(random.nextLong()),
                    state -> {
                        for (int i = 0; i < state.readyCount(); i++) {
                            int task = state.readyTask(i);
                            int slot = state.slotOf(task);
                            int device = random.nextInt(state.workload().deviceCount());
                            said.add(new Said(
                                    state.now(),
                                    state.jobNumber(slot),
                                    state.application(slot),
                                    state.node(task),
                                    device,
                                    state.inputArrival(task, device),
                                    state.now() >= changed ? 3 : 1));
                        }
                    });
            Map<Ran, ScheduleEntry> runs = new HashMap<>();
            result.schedule().forEach(run -> runs.put(new Ran(run.job(), run.task()), run));
            for (Said each : said) {
                double expected = arrivals.get(each.job()).micros();
                for (Edge edge : raw.apps().get(each.app()).edges()) {
                    if (edge.to() == each.node()) {
                        ScheduleEntry from = Objects.requireNonNull(runs.get(new Ran(each.job(), edge.from())));
                        assertThat(from.finishMicros()).isLessThanOrEqualTo(each.now());
                        int a = cluster(raw, from.device());
                        int b = cluster(raw, each.device());
                        double micros = from.device() == each.device()
                                ? 0
                                : edge.volume() / raw.bandwidth()[a][b] * (a == 0 && b == 0 ? each.factor() : 1);
                        expected = Math.max(expected, from.finishMicros() + micros);
                    }
                }
                assertThat(each.inputs()).isCloseTo(expected, within(1e-9));
            }
            compared.addAndGet(said.size());
        });
        assertThat(compared.get()).isGreaterThan(1000);
    }

    private static int cluster(RawWorkload raw, int device) {
        int cluster = 0;
        int left = device;
        while (left >= raw.sizes()[cluster]) {
            left -= raw.sizes()[cluster++];
        }
        return cluster;
    }

    /** A run is expected to take its mean; once it takes longer, to end at any moment. Done, it ended when it did. */
    @Test
    void aRunIsExpectedToTakeItsMeanAndNotToEndInThePast() {
        SeededCases.forEach(1, 30, (random, _) -> {
            RawWorkload raw = RawWorkloads.real(random);
            Map<Ran, Double> began = new HashMap<>();
            Map<Ran, Double> ended = new HashMap<>();
            SimulationResult result = run(
                    raw,
                    arrivals(random, raw),
                    SimulationOptions.real().executionNoise(0.4).seed(random.nextLong()),
                    state -> {
                        for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
                            int app = state.application(slot);
                            for (int node = 0;
                                    node < state.workload().graph(app).taskCount();
                                    node++) {
                                int task = state.taskOf(slot, node);
                                var run = new Ran(state.jobNumber(slot), node);
                                if (state.isRunning(task)) {
                                    double mean = raw.apps().get(app).cost()[node][cluster(raw, state.device(task))];
                                    double start = state.start[task];
                                    began.put(run, start);
                                    assertThat(state.finish(task)).isEqualTo(Math.max(state.now(), start + mean));
                                } else if (state.isDone(task)) {
                                    ended.put(run, state.finish(task));
                                }
                            }
                        }
                    });
            for (ScheduleEntry run : result.schedule()) {
                var key = new Ran(run.job(), run.task());
                assertThat(began.getOrDefault(key, run.startMicros())).isEqualTo(run.startMicros());
                assertThat(ended.getOrDefault(key, run.finishMicros())).isEqualTo(run.finishMicros());
            }
            assertThat(ended).isNotEmpty();
        });
    }

    /** Device time so far is that of the runs that ended; deadlines count from arrivals; tenants are the applications. */
    @Test
    void servedTimeDeadlinesAndTenantsAreThoseOfTheJobs() {
        SeededCases.forEach(1, 30, (random, _) -> {
            RawWorkload raw = RawWorkloads.real(random);
            int apps = raw.apps().size();
            double[] deadlines = random.doubles(apps, 10, 500).toArray();
            Map<Double, double[]> served = new HashMap<>();
            List<ArrivalTrace.Arrival> arrivals = arrivals(random, raw);
            SimulationResult result = run(
                    raw,
                    arrivals,
                    SimulationOptions.real().deadlineMicros(SimulationOptions.Deadline.COUNTED, deadlines),
                    state -> {
                        double[] now = new double[apps];
                        java.util.Arrays.setAll(now, state::servedMicros);
                        served.put(state.now(), now);
                        for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
                            double arrival = arrivals.get(state.jobNumber(slot)).micros();
                            assertThat(state.arrivalOfJob(slot)).isEqualTo(arrival);
                            assertThat(state.deadlineOfJob(slot))
                                    .isEqualTo(arrival + deadlines[state.application(slot)]);
                            assertThat(state.tenantOfJob(slot)).isEqualTo(state.application(slot));
                        }
                    });
            served.forEach((at, micros) -> {
                for (int app = 0; app < apps; app++) {
                    int of = app;
                    double expected = result.schedule().stream()
                            .filter(run -> run.app() == of && run.finishMicros() <= at)
                            .mapToDouble(run -> run.finishMicros() - run.startMicros())
                            .sum();
                    assertThat(micros[app]).isCloseTo(expected, within(1e-6));
                }
            });
        });
    }

    private static List<ArrivalTrace.Arrival> arrivals(SplittableRandom random, RawWorkload raw) {
        return RawWorkloads.arrivals(random, raw.apps().size(), 12, 12, false).stream()
                .map(arrival -> new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])))
                .toList();
    }

    /** Under EFT, with a look before each decision. */
    private static SimulationResult run(
            RawWorkload raw,
            List<ArrivalTrace.Arrival> arrivals,
            SimulationOptions.Builder options,
            OnlinePolicy look) {
        Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
        OnlinePolicy eft = OnlinePolicies.named("eft");
        return new Simulator(
                        workload,
                        state -> {
                            look.decide(state);
                            eft.decide(state);
                        },
                        new TraceArrivals(new ArrivalTrace(arrivals), workload),
                        options.recordSchedule(true).build())
                .run();
    }
}
