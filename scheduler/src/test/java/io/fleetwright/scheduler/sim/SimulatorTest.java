package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SimulatorTest {
    private static final Workload PAIR = workload();

    @Test
    void whatRanOnALostDeviceRunsAgainElsewhere() {
        SimulationResult result =
                run(SimulationOptions.real().outages(List.of(new Outage(0, 5, Double.POSITIVE_INFINITY))), jobs(4, 0));
        assertThat(result.completed()).isEqualTo(4);
        assertThat(result.schedule().stream().filter(entry -> !entry.completed()))
                .singleElement()
                .satisfies(entry -> assertThat(entry.finishMicros()).isEqualTo(5));
        assertThat(result.schedule()).noneMatch(entry -> entry.device() == 0 && entry.startMicros() >= 5);
        assertThat(SimulationChecker.check(PAIR, result.schedule())).isEmpty();
    }

    @Test
    void workWaitsForADeviceThatComesBack() {
        SimulationResult result =
                run(SimulationOptions.real().outages(List.of(new Outage(0, 0, 100), new Outage(1, 0, 50))), jobs(1, 0));
        assertThat(result.completed()).isEqualTo(1);
        assertThat(result.endMicros()).isBetween(60.0, 100.0);
    }

    @Test
    void anEnforcedDeadlineGivesTheJobUp() {
        SimulationResult result = run(SimulationOptions.real().deadlineMicros(Deadline.ENFORCED, 25), jobs(8, 0));
        assertThat(result.abandoned()).isPositive();
        assertThat(result.completed() + result.abandoned()).isEqualTo(8);
        assertThat(result.missed()).isEqualTo(result.abandoned());
        assertThat(result.maxMicros()).isLessThanOrEqualTo(25);
    }

    @Test
    void aPowerCapKeepsDevicesWaiting() {
        double free = run(SimulationOptions.real(), jobs(6, 0)).endMicros();
        double capped =
                run(SimulationOptions.real().powerCapWatts(1.5), jobs(6, 0)).endMicros();
        assertThat(capped).isGreaterThan(free);
        assertThatThrownBy(() -> run(SimulationOptions.real().powerCapWatts(0.5), jobs(1, 0)))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessageContaining("power cap (0.5 W)");
    }

    @Test
    void anEmptyBatteryTakesTheDeviceOut() {
        SimulationResult result = run(SimulationOptions.real().batteryJoules(25e-6, 1), jobs(6, 0));
        assertThat(result.completed()).isEqualTo(6);
        double last = result.schedule().stream()
                .filter(entry -> entry.device() == 0)
                .mapToDouble(ScheduleEntry::finishMicros)
                .max()
                .orElseThrow();
        assertThat(last).isLessThan(0.7 * result.endMicros());
    }

    /**
     * A device of 1 W at 1000 MHz, half of that at 500 MHz. It has 12 uJ for a task of 10 us, which takes 10: at full clock for
     * 4 us (4 uJ), then at half clock for 12 us (6 uJ); 2 uJ are left for 2 us of the next one.
     */
    @Test
    void aBatteryIsChargedForTheTimeBeforeAChangeOfClock() {
        OnlinePolicy policy = state -> {
            everyTaskOn(state, state.isOnline(0) ? 0 : 1);
            state.setOperatingPoint(0, state.now() == 4 ? 0 : 1);
        };
        SimulationOptions options = SimulationOptions.real()
                .recordSchedule(true)
                .batteryJoules(12e-6, 1)
                .build();
        SimulationResult result = new Simulator(PAIR, policy, new TraceArrivals(jobs(2, 4), PAIR), options).run();
        ScheduleEntry cutOff = result.schedule().stream()
                .filter(entry -> !entry.completed())
                .findFirst()
                .orElseThrow();
        assertThat(cutOff.device()).isZero();
        assertThat(cutOff.startMicros()).isEqualTo(16);
        assertThat(cutOff.finishMicros()).isCloseTo(18, within(1e-9));
    }

    /** The job needs 10 us, 5 us of transfer or none, and 6 us: its deadline at 1000 us is nothing to wait for. */
    @Test
    void theDeadlineOfAJobThatIsDoneDoesNotMakeTheSimulationLonger() {
        SimulationResult result = run(SimulationOptions.real().deadlineMicros(Deadline.ENFORCED, 1000), jobs(1, 0));
        assertThat(result.completed()).isOne();
        assertThat(result.endMicros()).isEqualTo(16);
    }

    @Test
    void whereNoPowerIsKnownACapOrABatteryIsRefused() {
        SocCluster unknown =
                new SocCluster(0, "CPU", "Q", List.of(0, 1), List.of(), List.of(), Map.of("a", 10.0, "b", 6.0));
        Workload workload = new Workload(
                new Soc(List.of(unknown), new double[][] {{1}}, 100), List.of(application()), Workload.Transfers.EXACT);
        assertThatThrownBy(() -> simulator(workload, SimulationOptions.real().powerCapWatts(1)))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage("power cap: the power of cluster 'Q' is not known");
        assertThatThrownBy(
                        () -> simulator(workload, SimulationOptions.real().batteryJoules(Double.POSITIVE_INFINITY, 1)))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage("battery of Q-1: the power of cluster 'Q' is not known");
        assertThatCode(() -> simulator(workload, SimulationOptions.real())).doesNotThrowAnyException();
    }

    @Test
    void theSameSeedGivesTheSameNoise() {
        SimulationOptions.Builder noisy =
                SimulationOptions.real().executionNoise(0.3).transferNoise(0.3).linkContention(true);
        SimulationResult first = run(noisy.seed(5), jobs(20, 7));
        assertThat(run(noisy.seed(5), jobs(20, 7)).schedule()).isEqualTo(first.schedule());
        assertThat(run(noisy.seed(6), jobs(20, 7)).schedule()).isNotEqualTo(first.schedule());
    }

    @Test
    void slowClocksAndSlowDecisionsTakeLonger() {
        double fast = run(SimulationOptions.real(), jobs(1, 0)).endMicros();
        assertThat(run(SimulationOptions.real().governor(SimulationOptions.Governor.POWERSAVE), jobs(1, 0))
                        .endMicros())
                .isEqualTo(2 * fast);
        assertThat(run(SimulationOptions.real().decisionMicros(3), jobs(1, 0)).endMicros())
                .isEqualTo(fast + 6);
    }

    @Test
    void aFullQueueKeepsJobsOutside() {
        SimulationResult result = run(SimulationOptions.ds3().queueCap(1), jobs(5, 0));
        assertThat(result.completed()).isEqualTo(5);
        assertThat(result.maxMicros()).isLessThan(result.endMicros() / 4);
    }

    /** The first task has run 4 of 10 us when the clock halves, so it ends at 4 + 2 x 6. */
    @Test
    void aSlowerClockStretchesWhatIsLeftOfARun() {
        OnlinePolicy policy = state -> {
            everyTaskOn(state, 0);
            if (state.now() == 4) {
                state.setOperatingPoint(0, 0);
            }
        };
        SimulationOptions options =
                SimulationOptions.real().recordSchedule(true).build();
        SimulationResult result = new Simulator(PAIR, policy, new TraceArrivals(jobs(2, 4), PAIR), options).run();
        assertThat(result.schedule().getFirst()).satisfies(entry -> {
            assertThat(entry.finishMicros()).isEqualTo(16);
            assertThat(entry.slowdown()).isEqualTo(1.6);
        });
        assertThat(result.endMicros()).isEqualTo(16 + 20 + 12 + 12);
        assertThat(SimulationChecker.check(PAIR, result.schedule())).isEmpty();
    }

    /** 10 us, a transfer of 5 us to the other device, 6 us there. */
    @Test
    void aSlowerLinkDelaysTheTransfer() {
        assertThat(crossing(SimulationOptions.real(), 1)).isEqualTo(10 + 5 + 6);
        assertThat(crossing(SimulationOptions.real().linkChanges(List.of(new LinkChange(3, 0, 0, 2))), 1))
                .isEqualTo(10 + 10 + 6);
    }

    @Test
    void transfersThatShareALinkComeOneAfterTheOther() {
        assertThat(crossing(SimulationOptions.real(), 2)).isEqualTo(10 + 5 + 6);
        assertThat(crossing(SimulationOptions.real().linkContention(true), 2)).isEqualTo(10 + 5 + 5 + 6);
    }

    /** When jobs end whose tasks run on different devices, each job the other way round than the one before. */
    private static double crossing(SimulationOptions.Builder builder, int count) {
        OnlinePolicy policy = state -> {
            for (int i = 0; i < state.readyCount(); i++) {
                int task = state.readyTask(i);
                state.place(task, (state.node(task) + state.slotOf(task)) % 2, state.now());
            }
        };
        return new Simulator(PAIR, policy, new TraceArrivals(jobs(count, 0), PAIR), builder.build())
                .run()
                .endMicros();
    }

    private static void everyTaskOn(SystemState state, int device) {
        for (int i = 0; i < state.readyCount(); i++) {
            state.place(state.readyTask(i), device, state.now());
        }
    }

    private static ArrivalTrace jobs(int count, double interval) {
        return new ArrivalTrace(java.util.stream.IntStream.range(0, count)
                .mapToObj(job -> new ArrivalTrace.Arrival(job * interval, "app"))
                .toList());
    }

    private static SimulationResult run(SimulationOptions.Builder builder, ArrivalTrace trace) {
        SimulationOptions options = builder.recordSchedule(true).build();
        Workload workload = options.semantics == SimulationOptions.Semantics.REAL
                ? PAIR
                : new Workload(soc(), List.of(application()), Workload.Transfers.WHOLE_MICROS);
        return new Simulator(workload, OnlinePolicies.named("eft"), new TraceArrivals(trace, workload), options).run();
    }

    private static Simulator simulator(Workload workload, SimulationOptions.Builder options) {
        return new Simulator(
                workload, OnlinePolicies.named("eft"), new TraceArrivals(jobs(1, 0), workload), options.build());
    }

    private static Workload workload() {
        return new Workload(soc(), List.of(application()), Workload.Transfers.EXACT);
    }

    private static Application application() {
        return new Application(
                "app", TaskGraph.builder().task("a").task("b").edge(0, 1, 5).build());
    }

    private static Soc soc() {
        SocCluster cluster = new SocCluster(
                0,
                "ACC",
                "P",
                List.of(0, 1),
                List.of(new OperatingPoint(500, 1), new OperatingPoint(1000, 1)),
                List.of(new PowerProfile(1000, List.of(1.0, 2.0))),
                Map.of("a", 10.0, "b", 6.0));
        return new Soc(List.of(cluster), new double[][] {{1}}, 100);
    }
}
