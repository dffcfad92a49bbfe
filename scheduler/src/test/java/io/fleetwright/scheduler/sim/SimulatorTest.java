package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
