package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.online.DeadlineAdmission;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.reference.RawProblem.Edge;
import io.fleetwright.scheduler.reference.RawWorkload.App;
import io.fleetwright.scheduler.sim.Admission;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.SimulationChecker;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold of any simulation, whatever the policy. */
class PolicyPropertiesTest {
    static Stream<String> policies() {
        return OnlinePolicies.names().stream();
    }

    /** Those whose decisions know no unit of time; the others weigh plans with fixed figures. */
    static Stream<String> unitless() {
        return Stream.of("met", "eft", "etf", "stf", "etf-lb", "heft-rt", "fair");
    }

    @ParameterizedTest
    @MethodSource("policies")
    void everyJobIsDoneWhereItCanBeAndNoneSoonerThanItsLongestChain(String policy) {
        SeededCases.forEach(1, 40, (random, _) -> {
            RawWorkload raw = RawWorkloads.real(random);
            List<double[]> arrivals = arrivals(random, raw);
            Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
            SimulationResult result = run(workload, policy, arrivals);
            assertThat(SimulationChecker.check(workload, result.schedule())).isEmpty();
            assertThat(result.completed()).isEqualTo(arrivals.size());
            // A policy may slow clocks down, but nothing speeds them up.
            double[] least = arrivals.stream()
                    .mapToDouble(arrival -> fastestChain(raw.apps().get((int) arrival[1])))
                    .sorted()
                    .toArray();
            for (int i = 0; i < least.length; i++) {
                assertThat(result.latencies()[i]).isGreaterThanOrEqualTo(least[i] - 1e-6);
            }
        });
    }

    private static double fastestChain(App app) {
        double[] end = new double[app.tasks()];
        for (int task = 0; task < end.length; task++) {
            end[task] = app.into(task).stream()
                            .map(Edge::from)
                            .mapToDouble(from -> end[from])
                            .reduce(0, Math::max)
                    + Arrays.stream(app.cost()[task]).min().orElseThrow();
        }
        return Arrays.stream(end).max().orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void noJobIsLostWithDevicesThatComeBack(String policy) {
        SeededCases.forEach(1, 60, (random, _) -> {
            RawWorkload raw = RawWorkloads.real(random);
            List<double[]> arrivals = arrivals(random, raw);
            Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
            List<Outage> outages = IntStream.range(0, workload.deviceCount())
                    .mapToObj(device -> {
                        double from = 150 * random.nextDouble();
                        return new Outage(device, from, from + 1 + 200 * random.nextDouble());
                    })
                    .toList();
            SimulationResult result =
                    run(workload, policy, arrivals, SimulationOptions.real().outages(outages));
            assertThat(SimulationChecker.check(workload, result.schedule())).isEmpty();
            assertThat(result.completed()).isEqualTo(arrivals.size());
            for (Outage outage : outages) {
                assertThat(result.schedule())
                        .noneMatch(entry -> entry.device() == outage.device()
                                && entry.startMicros() < outage.untilMicros()
                                && entry.finishMicros() > outage.fromMicros());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("unitless")
    void twiceTheTimesAndVolumesTakeTwiceAsLongAndTwiceTheEnergy(String policy) {
        SeededCases.forEach(1, 40, (random, _) -> {
            RawWorkload raw = RawWorkloads.real(random);
            List<double[]> arrivals = arrivals(random, raw);
            SimulationResult once = run(raw.toWorkload(Workload.Transfers.EXACT), policy, arrivals);
            SimulationResult twice = run(
                    scaled(raw).toWorkload(Workload.Transfers.EXACT),
                    policy,
                    arrivals.stream()
                            .map(arrival -> new double[] {2 * arrival[0], arrival[1]})
                            .toList());
            assertThat(twice.latencies())
                    .isEqualTo(Arrays.stream(once.latencies())
                            .map(micros -> 2 * micros)
                            .toArray());
            assertThat(NaiveRuns.of(twice))
                    .isEqualTo(NaiveRuns.of(once).stream()
                            .map(PolicyPropertiesTest::doubled)
                            .toList());
            assertThat(twice.joules()).isCloseTo(2 * once.joules(), within(1e-9 * once.joules()));
        });
    }

    private static NaiveSystem.Run doubled(NaiveSystem.Run run) {
        return new NaiveSystem.Run(
                run.job(), run.app(), run.task(), run.device(), 2 * run.start(), 2 * run.finish(), run.completed());
    }

    private static RawWorkload scaled(RawWorkload raw) {
        List<App> apps = raw.apps().stream()
                .map(app -> new App(
                        Arrays.stream(app.cost())
                                .map(row ->
                                        Arrays.stream(row).map(cost -> 2 * cost).toArray())
                                .toArray(double[][]::new),
                        app.edges().stream()
                                .map(edge -> new Edge(edge.from(), edge.to(), 2 * edge.volume()))
                                .toList()))
                .toList();
        return new RawWorkload(
                apps, raw.sizes(), raw.megahertz(), raw.volts(), raw.watts(), raw.bandwidth(), raw.bandwidthWithin());
    }

    @ParameterizedTest
    @MethodSource("policies")
    void theSameArgumentsGiveTheSameRuns(String policy) {
        SeededCases.forEach(1, 20, (random, _) -> {
            RawWorkload raw = RawWorkloads.whole(random);
            List<double[]> arrivals = arrivals(random, raw);
            Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
            assertThat(run(workload, policy, arrivals).schedule())
                    .isEqualTo(run(workload, policy, arrivals).schedule());
        });
    }

    /** Of one application on one device, every order takes the same time. */
    @ParameterizedTest
    @MethodSource("policies")
    void oneDeviceDoesTheWorkWithoutAPause(String policy) {
        double[][] cost = {{3}, {4}, {5}};
        App chain = new App(cost, List.of(new Edge(0, 1, 8), new Edge(1, 2, 8)));
        RawWorkload raw = new RawWorkload(
                List.of(chain),
                new int[] {1},
                new double[][] {{1000}},
                new double[][] {{1}},
                new double[][] {{1}},
                new double[][] {{1}},
                1);
        List<double[]> together =
                IntStream.range(0, 5).mapToObj(_ -> new double[] {0, 0}).toList();
        assertThat(run(raw.toWorkload(Workload.Transfers.EXACT), policy, together)
                        .endMicros())
                .isEqualTo(5 * (3 + 4 + 5));
    }

    @Test
    void aJobIsNeverAdmittedWhenNothingCouldEndItInTime() {
        var admitted = new AtomicInteger();
        SeededCases.forEach(1, 80, (random, _) -> {
            RawWorkload raw = RawWorkloads.real(random);
            double[] chains = raw.apps().stream()
                    .mapToDouble(PolicyPropertiesTest::fastestChain)
                    .toArray();
            double part = 0.5 + 3 * random.nextDouble();
            SimulationResult result = admit(
                    raw, List.of(new double[] {0, 0}), Arrays.stream(chains).map(chain -> part * chain));
            if (part < 1) {
                assertThat(result.refusals()).containsOnlyKeys(Admission.Answer.OWN_DEADLINE);
            }
            // Alone in the system an admitted job keeps its deadline.
            assertThat(result.missed()).isZero();
            admitted.addAndGet(result.completed());
        });
        assertThat(admitted.get()).isBetween(20, 70);
    }

    @Test
    void aJobIsAdmittedAloneWhenOneDeviceAfterTheOtherWouldDo() {
        SeededCases.forEach(1, 40, (random, _) -> {
            RawWorkload raw = RawWorkloads.real(random);
            double everything = 2
                    * raw.apps().getFirst().edges().stream()
                            .mapToDouble(Edge::volume)
                            .sum();
            for (double[] row : raw.apps().getFirst().cost()) {
                everything += Arrays.stream(row)
                        .filter(cost -> cost < Double.POSITIVE_INFINITY)
                        .max()
                        .orElseThrow();
            }
            double deadline = everything;
            SimulationResult result =
                    admit(raw, List.of(new double[] {0, 0}), raw.apps().stream().mapToDouble(_ -> deadline));
            assertThat(result.completed()).isOne();
            assertThat(result.missed()).isZero();
        });
    }

    private static SimulationResult admit(RawWorkload raw, List<double[]> arrivals, DoubleStream deadlines) {
        Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
        return new Simulator(
                        workload,
                        OnlinePolicies.named("deadline"),
                        new DeadlineAdmission(),
                        new TraceArrivals(trace(arrivals), workload),
                        SimulationOptions.real()
                                .deadlineMicros(Deadline.COUNTED, deadlines.toArray())
                                .build())
                .run();
    }

    private static List<double[]> arrivals(SplittableRandom random, RawWorkload raw) {
        return RawWorkloads.arrivals(random, raw.apps().size(), random.nextInt(1, 15), random.nextInt(5, 40), false);
    }

    private static ArrivalTrace trace(List<double[]> arrivals) {
        return new ArrivalTrace(arrivals.stream()
                .map(arrival -> new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])))
                .toList());
    }

    private static SimulationResult run(Workload workload, String policy, List<double[]> arrivals) {
        return run(workload, policy, arrivals, SimulationOptions.real());
    }

    private static SimulationResult run(
            Workload workload, String policy, List<double[]> arrivals, SimulationOptions.Builder options) {
        return new Simulator(
                        workload,
                        OnlinePolicies.named(policy),
                        new TraceArrivals(trace(arrivals), workload),
                        options.recordSchedule(true).build())
                .run();
    }
}
