package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.online.DeadlineAdmission;
import io.fleetwright.scheduler.online.EarliestFinishInOrder;
import io.fleetwright.scheduler.online.EnergyAware;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.online.PairNetwork;
import io.fleetwright.scheduler.online.RollingHorizon;
import io.fleetwright.scheduler.reference.Oracle.Decision;
import io.fleetwright.scheduler.reference.Oracle.Placement;
import io.fleetwright.scheduler.sim.Admission;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.LinkChange;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Tenant;
import io.fleetwright.scheduler.sim.Tenants;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every decision of a policy against its restatement, in the state in which it is made: tasks, devices, estimates, clocks. */
class DecisionByDecisionTest {
    /** What goes on besides the jobs. */
    enum World {
        /** Nothing, with figures that never coincide. */
        QUIET,
        /** Whole figures with many ties. */
        TIES,
        /** Ties under ticks. */
        TICKS,
        OUTAGES,
        LINKS,
        NOISE,
        SLOW_DECISIONS,
        /** More jobs than anything can plan. */
        FLOOD;

        boolean whole() {
            return this == TIES || this == TICKS;
        }

        SimulationOptions.Builder options(SplittableRandom random, Workload workload) {
            SimulationOptions.Builder options = this == TICKS ? SimulationOptions.ds3() : SimulationOptions.real();
            return switch (this) {
                case QUIET, TIES, TICKS, FLOOD -> options;
                case OUTAGES ->
                    options.outages(IntStream.range(0, workload.deviceCount())
                            .mapToObj(device -> {
                                double from = 120 * random.nextDouble();
                                return new Outage(device, from, from + 5 + 60 * random.nextDouble());
                            })
                            .toList());
                case LINKS ->
                    options.linkContention(random.nextBoolean())
                            .linkChanges(IntStream.range(0, 3)
                                    .mapToObj(_ -> new LinkChange(
                                            100 * random.nextDouble(),
                                            random.nextInt(workload.clusterCount()),
                                            random.nextInt(workload.clusterCount()),
                                            0.2 + 6 * random.nextDouble()))
                                    .toList());
                case NOISE ->
                    options.seed(random.nextLong()).executionNoise(0.3).transferNoise(0.3);
                case SLOW_DECISIONS -> options.decisionMicros(2 * random.nextDouble());
            };
        }
    }

    @ParameterizedTest
    @EnumSource(World.class)
    void portfolio(World world) {
        compare(
                world,
                6,
                () -> new RollingHorizon(RollingHorizon.Objective.LATENCY, 12, 7),
                () -> new NaiveHorizon(false, 12, 7));
    }

    @ParameterizedTest
    @EnumSource(World.class)
    void deadline(World world) {
        compare(
                world,
                6,
                () -> new RollingHorizon(RollingHorizon.Objective.DEADLINES, 12, 7),
                () -> new NaiveHorizon(true, 12, 7));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLOOD")
    void energy(World world) {
        compare(world, 2, () -> new EnergyAware(0.1, 5), () -> new NaiveEnergy(0.1, 5));
    }

    @ParameterizedTest
    @EnumSource(World.class)
    void fair(World world) {
        compare(world, 30, () -> OnlinePolicies.named("fair"), NaiveShares::new);
    }

    @ParameterizedTest
    @EnumSource(World.class)
    void earliestDeadlineFirst(World world) {
        compare(
                world,
                30,
                () -> new EarliestFinishInOrder(EarliestFinishInOrder.Order.DEADLINE),
                () -> Oracle::deadline);
    }

    @ParameterizedTest
    @EnumSource(World.class)
    void earliestFinishOfPairs(World world) {
        compare(world, 30, () -> OnlinePolicies.named("etf"), () -> Oracle::earliestFinish);
    }

    /** Before it has learned anything. */
    @ParameterizedTest
    @EnumSource(World.class)
    void untrained(World world) {
        compare(world, 30, () -> OnlinePolicies.learned(PairNetwork.initial(1)), () -> Oracle::earliestFinish);
    }

    @ParameterizedTest
    @EnumSource(World.class)
    void earliestFinishInQueueOrder(World world) {
        compare(world, 30, () -> OnlinePolicies.named("eft"), () -> Oracle::queue);
    }

    @ParameterizedTest
    @EnumSource(World.class)
    void earliestFinishByRank(World world) {
        compare(world, 30, () -> OnlinePolicies.named("heft-rt"), () -> Oracle::upwardRank);
    }

    private static void compare(World world, int cases, Supplier<OnlinePolicy> policies, Supplier<Oracle> oracles) {
        var placed = new AtomicInteger();
        SeededCases.forEach(1, world == World.FLOOD ? Math.max(1, cases / 8) : cases, (random, _) -> {
            OnlinePolicy policy = policies.get();
            Oracle oracle = oracles.get();
            SimulationResult result = run(
                    random, world, Admission.EVERY_JOB, state -> placed.addAndGet(assertSame(state, policy, oracle)));
            assertThat(result.unfinished()).isZero();
        });
        assertThat(placed.get()).isGreaterThan(8 * cases);
    }

    /** Asks both, and how many tasks they placed. */
    private static int assertSame(SystemState state, OnlinePolicy policy, Oracle oracle) {
        List<Integer> ready = Oracle.ready(state);
        int devices = state.workload().deviceCount();
        double[] free =
                IntStream.range(0, devices).mapToDouble(state::estimatedFree).toArray();
        Decision expected = oracle.decide(state);
        Map<Integer, Integer> deviceOf = new HashMap<>();
        for (Placement placement : expected.placements()) {
            deviceOf.put(placement.task(), placement.device());
            free[placement.device()] = Math.max(free[placement.device()], placement.finish());
        }
        policy.decide(state);
        for (int task : ready) {
            assertThat(state.isPlaced(task) ? state.device(task) : SystemState.NONE)
                    .as("task %d at %s", task, state.now())
                    .isEqualTo(deviceOf.getOrDefault(task, SystemState.NONE));
        }
        for (int device = 0; device < devices; device++) {
            assertThat(state.estimatedFree(device)).isEqualTo(free[device]);
        }
        for (int cluster = 0; cluster < state.workload().clusterCount(); cluster++) {
            assertThat(state.operatingPoint(cluster))
                    .isEqualTo(expected.points().get(cluster));
        }
        return deviceOf.size();
    }

    @Test
    void admission() {
        Map<Admission.Answer, Integer> answers = new EnumMap<>(Admission.Answer.class);
        SeededCases.forEach(1, 120, (random, seed) -> {
            var asked = new DeadlineAdmission();
            OnlinePolicy policy = OnlinePolicies.named("heft-rt");
            World world = World.values()[(int) (seed % 7)];
            run(
                    random,
                    world,
                    (state, slot) -> {
                        Admission.Answer answer = asked.ask(state, slot);
                        assertThat(answer).isEqualTo(NaiveHorizon.admission(state, slot));
                        answers.merge(answer, 1, Integer::sum);
                        return answer;
                    },
                    policy);
        });
        assertThat(answers)
                .containsKeys(Admission.Answer.ADMITTED, Admission.Answer.OWN_DEADLINE, Admission.Answer.GIVEN_PROMISE);
        assertThat(answers.values()).allMatch(count -> count > 3);
    }

    private static SimulationResult run(
            SplittableRandom random, World world, Admission admission, OnlinePolicy policy) {
        RawWorkload raw = world.whole() ? RawWorkloads.whole(random) : RawWorkloads.real(random);
        Workload workload =
                raw.toWorkload(world == World.TICKS ? Workload.Transfers.WHOLE_MICROS : Workload.Transfers.EXACT);
        int apps = workload.applicationCount();
        int count = world == World.FLOOD ? 35 : random.nextInt(4, 12);
        List<ArrivalTrace.Arrival> arrivals = new ArrayList<>();
        for (double[] arrival : RawWorkloads.arrivals(
                random, apps, count, world == World.FLOOD ? 1 : random.nextInt(5, 25), world.whole())) {
            arrivals.add(new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])));
        }
        double[] deadlines = IntStream.range(0, apps)
                .mapToDouble(_ -> random.nextInt(4) == 0 ? Double.POSITIVE_INFINITY : 20 + 120 * random.nextDouble())
                .toArray();
        Map<String, Tenant> tenants = new HashMap<>();
        for (int app = 0; app < apps; app++) {
            tenants.put(RawWorkload.appName(app), app == 0 ? new Tenant("x", 2) : new Tenant("y", 0.5));
        }
        return new Simulator(
                        workload,
                        policy,
                        admission,
                        new TraceArrivals(new ArrivalTrace(arrivals), workload),
                        world.options(random, workload)
                                .deadlineMicros(Deadline.COUNTED, deadlines)
                                .tenants(new Tenants(workload, tenants))
                                .build())
                .run();
    }
}
