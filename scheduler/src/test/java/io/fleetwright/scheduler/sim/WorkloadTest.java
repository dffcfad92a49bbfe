package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.sim.Workload.Transfers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cluster L with devices 4 and 5, a memory, and cluster B with device 9; a feeds b over 25 units. */
class WorkloadTest {
    private static final TaskGraph GRAPH =
            TaskGraph.builder().task("a").task("b").edge(0, 1, 25).build();

    private static final Soc SOC = new Soc(
            List.of(
                    cluster(0, "L", List.of(4, 5), Map.of("a", 10.0, "b", 20.0)),
                    cluster(1, "MEM", List.of(7), Map.of()),
                    cluster(2, "B", List.of(9), Map.of("a", 4.0))),
            new double[][] {{10, 1, 4}, {1, 1, 1}, {4, 1, 5}},
            100);

    @Test
    void devicesAreThoseOfTheClustersThatCompute() {
        Workload workload = workload(Transfers.EXACT);
        assertThat(workload.clusterCount()).isEqualTo(2);
        assertThat(workload.deviceCount()).isEqualTo(3);
        assertThat(workload.clusterOf(2)).isEqualTo(1);
        assertThat(workload.deviceNumber(2)).isEqualTo(9);
        assertThat(workload.deviceName(1)).isEqualTo("L-5");
        assertThat(workload.execution(0, 0, 1)).isEqualTo(4);
        assertThat(workload.execution(0, 1, 1)).isEqualTo(Workload.CANNOT_RUN);
        assertThat(workload.tasksMax()).isEqualTo(2);
    }

    /** 25 / 4 = 6.25, 25 / 10 = 2.5 between two devices of L, 25 / 100 = 0.25 within one. */
    @Test
    void transfersAreExactOrCutToWholeMicroseconds() {
        Workload exact = workload(Transfers.EXACT);
        assertThat(exact.transfer(0, 0, 0, 1)).isEqualTo(6.25);
        assertThat(exact.transfer(0, 0, 0, 0)).isEqualTo(2.5);
        assertThat(exact.transferWithin(0, 0, 0)).isZero();
        Workload whole = workload(Transfers.WHOLE_MICROS);
        assertThat(whole.transfer(0, 0, 0, 1)).isEqualTo(6);
        assertThat(whole.transfer(0, 0, 0, 0)).isEqualTo(2);
        assertThat(whole.transferWithin(0, 0, 0)).isZero();
    }

    /** Without a figure within a device, that of its cluster: 25 / 10 = 2.5, cut to 2. */
    @Test
    void aDeviceReachesItselfAsFastAsItsClusterWhenNothingIsSaid() {
        Soc unstated = new Soc(SOC.clusters(), SOC.bandwidth(), Double.POSITIVE_INFINITY);
        Workload whole = new Workload(unstated, List.of(new Application("app", GRAPH)), Transfers.WHOLE_MICROS);
        assertThat(whole.transferWithin(0, 0, 0)).isEqualTo(2);
    }

    /**
     * Mean costs (10 + 10 + 4) / 3 = 8 and 20; mean bandwidth over the six ordered pairs (2 x 10 + 4 x 4) / 6 = 6: b ranks
     * 20, a 8 + 25 / 6 + 20.
     */
    @Test
    void ranksAreByMeanFigures() {
        Workload workload = workload(Transfers.EXACT);
        assertThat(workload.rank(0, 1)).isEqualTo(20);
        assertThat(workload.rank(0, 0)).isEqualTo(8 + (25 / 6.0 + 20));
    }

    @Test
    void aJobIsAProblemOnTheIdlePlatform() {
        Problem problem = workload(Transfers.EXACT).problem(0);
        assertThat(problem.deviceCount()).isEqualTo(3);
        assertThat(problem.platform().device(2).id()).isEqualTo("B-9");
        assertThat(problem.costs().executionTime(0, 2)).isEqualTo(4);
        assertThat(problem.costs().canRun(1, 2)).isFalse();
        assertThat(problem.platform().links().transferTime(25, 0, 2)).isEqualTo(6.25);
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertThatThrownBy(() -> new Workload(SOC, List.of(), Transfers.EXACT)).hasMessage("there is no application");
        var app = new Application("app", GRAPH);
        assertThatThrownBy(() -> new Workload(SOC, List.of(app, app), Transfers.EXACT))
                .hasMessage("application 'app' is given more than once");
        var other = new Application("x", TaskGraph.builder().task("zag").build());
        assertThatThrownBy(() -> new Workload(SOC, List.of(app, other), Transfers.EXACT))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage("task 0 ('zag') of application 'x' runs on no device");
        assertThatThrownBy(() -> workload(Transfers.EXACT).applicationNamed("zig"))
                .hasMessage("application 'zig' is not known; known: app");
        assertThatThrownBy(() -> new Soc(List.of(cluster(0, "M", List.of(1), Map.of())), new double[][] {{1}}, 1))
                .hasMessage("the platform has no device that computes");
    }

    @ParameterizedTest
    @CsvSource({
        "0,    1,  'frequency (0.0 MHz) must be above 0, at most 1e6'",
        "2e6,  1,  'frequency (2000000.0 MHz) must be above 0, at most 1e6'",
        "NaN,  1,  'frequency (NaN MHz) must be above 0, at most 1e6'",
        "1000, 0,  'voltage (0.0 V) must be above 0, at most 100'",
        "1000, 101,'voltage (101.0 V) must be above 0, at most 100'",
    })
    void anOperatingPointOutOfRangeIsNamed(double megahertz, double volts, String message) {
        assertThatThrownBy(() -> new OperatingPoint(megahertz, volts))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage(message);
    }

    @Test
    void figuresOfAClusterAndOfArrivalsAreChecked() {
        assertThatThrownBy(() -> new PowerProfile(1000, List.of(1.0, -0.5)))
                .hasMessage("power (-0.5 W) must be 0 to 1e6");
        assertThatThrownBy(() -> cluster(0, "L", List.of(0), Map.of("a", Double.NaN)))
                .hasMessageContaining("time (NaN) of task 'a' on cluster 'L' must be 0 to");
        List<OperatingPoint> falling = List.of(new OperatingPoint(1000, 1), new OperatingPoint(500, 1));
        assertThatThrownBy(() -> new SocCluster(0, "CPU", "L", List.of(0), falling, List.of(), Map.of("a", 1.0)))
                .hasMessage("operating points of cluster 'L' must be by rising frequency");
        assertThatThrownBy(() -> new ArrivalTrace.Arrival(-1, "app")).hasMessage("arrival (-1.0 us) must be 0 to 1e15");
        assertThatThrownBy(() -> new ArrivalTrace(
                        List.of(new ArrivalTrace.Arrival(5, "app"), new ArrivalTrace.Arrival(4, "app"))))
                .hasMessage("job 1 arrives at 4.0 us, before job 0 at 5.0 us");
        assertThatThrownBy(() -> new Application(" ", GRAPH)).hasMessage("an application must have a name");
        assertThatThrownBy(() -> new Outage(-1, 0, 1)).hasMessageContaining("outage of device -1");
        assertThatThrownBy(() -> new LinkChange(0, 0, 1, 0)).hasMessageContaining("by factor 0.0 is not valid");
    }

    @Test
    void optionsThatDoNotFitTheWorkloadAreNamed() {
        Workload workload = workload(Transfers.EXACT);
        assertRefused(workload, SimulationOptions.real().outages(List.of(new Outage(3, 0, 1))), "outage of device 3");
        assertRefused(
                workload,
                SimulationOptions.real().linkChanges(List.of(new LinkChange(0, 0, 2, 1))),
                "link change of clusters 0 and 2: the platform has 2");
        assertRefused(
                workload,
                SimulationOptions.real().deadlineMicros(SimulationOptions.Deadline.COUNTED, 1, 2),
                "2 deadlines for 1 applications");
        assertRefused(workload, SimulationOptions.ds3(), "transfers of the workload are EXACT, not those of DS3");
    }

    private static void assertRefused(Workload workload, SimulationOptions.Builder options, String message) {
        assertThatThrownBy(() -> new Simulator(workload, _ -> {}, new SteadyQueue(1, 1, 1, 1), options.build()))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessageContaining(message);
    }

    private static SocCluster cluster(int id, String name, List<Integer> devices, Map<String, Double> micros) {
        return new SocCluster(id, "CPU", name, devices, List.of(), List.of(), micros);
    }

    private static Workload workload(Transfers transfers) {
        return new Workload(SOC, List.of(new Application("app", GRAPH)), transfers);
    }
}
