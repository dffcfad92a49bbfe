package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.reference.NaiveSystem.Run;
import io.fleetwright.scheduler.reference.RealTimeSimulator.LinkChange;
import io.fleetwright.scheduler.reference.RealTimeSimulator.Outage;
import io.fleetwright.scheduler.reference.RealTimeSimulator.Outcome;
import io.fleetwright.scheduler.reference.RealTimeSimulator.World;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The event-driven simulator in real time against one that looks for what happens next: every run, and the energy. */
class RealTimeDifferentialTest {
    private static final double ROUNDING = 1e-6;

    @ParameterizedTest
    @ValueSource(strings = {"met", "eft", "etf", "stf", "etf-lb", "heft-rt", "fair"})
    void aQuietWorld(String policy) {
        SeededCases.forEach(1, 60, (random, _) -> assertSame(random, policy, World.QUIET));
    }

    @ParameterizedTest
    @ValueSource(strings = {"met", "eft", "etf", "stf", "etf-lb", "heft-rt", "fair"})
    void devicesComeAndGo(String policy) {
        SeededCases.forEach(1, 60, (random, seed) -> {
            List<Outage> outages = IntStream.range(0, 3)
                    .mapToObj(device -> {
                        double from = 10 + 200 * random.nextDouble();
                        return new Outage(device, from, from + 5 + 100 * random.nextDouble());
                    })
                    .toList();
            assertSame(new SplittableRandom(seed), policy, World.QUIET.withOutages(outages));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"eft", "etf"})
    void linksGrowSlowAndQuickAgain(String policy) {
        SeededCases.forEach(1, 60, (random, seed) -> {
            List<LinkChange> changes = IntStream.range(0, 4)
                    .mapToObj(_ -> new LinkChange(
                            200 * random.nextDouble(), 0, random.nextInt(2), 0.25 + 8 * random.nextDouble()))
                    .toList();
            assertSame(new SplittableRandom(seed), policy, World.QUIET.withLinkChanges(changes));
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void deadlinesAreCountedOrEnforced(boolean enforced) {
        SeededCases.forEach(1, 60, (random, seed) -> {
            double[] deadlines = {20 + 60 * random.nextDouble(), 40 + 60 * random.nextDouble(), 200};
            World world = World.QUIET.withDeadlines(enforced, deadlines);
            assertSame(new SplittableRandom(seed), "eft", world);
        });
    }

    @Test
    void noTaskStartsAboveThePowerCap() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            World world = World.QUIET.withCap(1.7 + 3 * random.nextDouble());
            assertSame(new SplittableRandom(seed), "etf", world);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"eft", "clock"})
    void emptyBatteriesTakeTheirDevicesAway(String policy) {
        SeededCases.forEach(1, 60, (random, seed) -> {
            double[] joules = random.doubles(9, 10e-6, 200e-6).toArray();
            World world = World.QUIET.withBatteries(joules);
            assertSame(new SplittableRandom(seed), policy, world);
        });
    }

    @Test
    void changesOfClockStretchAndShortenWhatRuns() {
        SeededCases.forEach(1, 60, (random, _) -> assertSame(random, "clock", World.QUIET));
    }

    @Test
    void aClosedQueueSlowDecisionsAndBusyLinks() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            World world = World.QUIET.withQueue(random.nextInt(1, 4), random.nextDouble(), random.nextBoolean());
            assertSame(new SplittableRandom(seed), "heft-rt", world);
        });
    }

    private static void assertSame(SplittableRandom random, String policy, World world) {
        RawWorkload workload = RawWorkloads.real(random);
        List<double[]> arrivals = RawWorkloads.arrivals(
                random, workload.apps().size(), random.nextInt(1, 20), random.nextInt(5, 40), false);
        World fitting = world.fitting(workload);
        SimulationResult actual = simulated(workload, fitting, policy, arrivals);
        Outcome expected = RealTimeSimulator.run(workload, fitting, naive(policy), arrivals);
        assertRuns(NaiveRuns.of(actual), expected.runs());
        assertThat(actual.completed()).isEqualTo(expected.latencies().size());
        for (int i = 0; i < actual.completed(); i++) {
            assertThat(actual.latencies()[i]).isCloseTo(expected.latencies().get(i), within(ROUNDING));
        }
        assertThat(List.of(actual.abandoned(), actual.missed(), actual.unfinished()))
                .isEqualTo(List.of(expected.abandoned(), expected.missed(), expected.unfinished()));
        assertThat(actual.joules()).isCloseTo(expected.joules(), within(1e-9 * expected.joules() + 1e-15));
    }

    private static void assertRuns(List<Run> actual, List<Run> expected) {
        assertThat(withoutTimes(actual)).isEqualTo(withoutTimes(expected));
        List<Run> wanted = sorted(expected);
        for (Run run : sorted(actual)) {
            Run same = wanted.removeFirst();
            assertThat(run.start()).isCloseTo(same.start(), within(ROUNDING));
            assertThat(run.finish()).isCloseTo(same.finish(), within(ROUNDING));
        }
    }

    private static List<Run> withoutTimes(List<Run> runs) {
        return sorted(runs).stream()
                .map(run -> new Run(run.job(), run.app(), run.task(), run.device(), 0, 0, run.completed()))
                .toList();
    }

    private static List<Run> sorted(List<Run> runs) {
        List<Run> sorted = new ArrayList<>(runs);
        sorted.sort(
                Comparator.comparingInt(Run::job).thenComparingInt(Run::task).thenComparingDouble(Run::start));
        return sorted;
    }

    private static SimulationResult simulated(RawWorkload raw, World world, String policy, List<double[]> arrivals) {
        Workload workload = raw.toWorkload(Workload.Transfers.EXACT);
        ArrivalTrace trace = new ArrivalTrace(arrivals.stream()
                .map(arrival -> new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])))
                .toList());
        var options = SimulationOptions.real()
                .recordSchedule(true)
                .outages(world.outages().stream()
                        .map(outage ->
                                new io.fleetwright.scheduler.sim.Outage(outage.device(), outage.from(), outage.until()))
                        .toList())
                .linkChanges(world.linkChanges().stream()
                        .map(change -> new io.fleetwright.scheduler.sim.LinkChange(
                                change.at(), change.a(), change.b(), change.factor()))
                        .toList())
                .deadlineMicros(world.deadlinesEnforced() ? Deadline.ENFORCED : Deadline.COUNTED, world.deadlines())
                .powerCapWatts(world.capWatts())
                .batteryJoules(world.batteries())
                .queueCap(world.queueCap())
                .decisionMicros(world.decisionMicros())
                .linkContention(world.contention());
        return new Simulator(workload, real(policy), new TraceArrivals(trace, workload), options.build()).run();
    }

    /** {@code clock} is EFT that sets all clocks to another point at each decision. */
    private static OnlinePolicy real(String name) {
        if (!name.equals("clock")) {
            return OnlinePolicies.named(name);
        }
        OnlinePolicy eft = OnlinePolicies.named("eft");
        int[] calls = {0};
        return state -> {
            int call = calls[0]++;
            for (int cluster = 0; cluster < state.workload().clusterCount(); cluster++) {
                state.setOperatingPoint(cluster, (call + cluster) % 3);
            }
            eft.decide(state);
        };
    }

    private static NaivePolicies.Policy naive(String name) {
        if (!name.equals("clock")) {
            return NaivePolicies.named(name);
        }
        NaivePolicies.Policy eft = NaivePolicies.named("eft");
        int[] calls = {0};
        return (system, ready) -> {
            int call = calls[0]++;
            Arrays.setAll(system.point, cluster -> (call + cluster) % 3);
            eft.decide(system, ready);
        };
    }
}
