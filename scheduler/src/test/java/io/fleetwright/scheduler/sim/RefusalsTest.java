package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.Workload.Transfers;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule on what is simulated, just beyond its border, and the border itself, which is allowed. */
class RefusalsTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final TaskGraph ONE = TaskGraph.builder().task("a").build();

    private static Arguments refused(Supplier<?> maker, String message) {
        return arguments(message, maker);
    }

    private static Arguments option(UnaryOperator<SimulationOptions.Builder> change, String message) {
        return refused(() -> change.apply(SimulationOptions.real()), message);
    }

    private static Arguments misfit(UnaryOperator<SimulationOptions.Builder> change, String message) {
        return refused(() -> simulator(change.apply(SimulationOptions.real())), message);
    }

    /** Two devices of A and one of B, whose power is not known, and two applications. */
    private static Workload workload() {
        SocCluster a = new SocCluster(
                0,
                "ACC",
                "A",
                List.of(0, 1),
                List.of(new OperatingPoint(1000, 1)),
                List.of(new PowerProfile(1000, List.of(1.0, 2.0))),
                Map.of("a", 10.0));
        SocCluster b = cluster("B", Map.of("a", 10.0));
        return new Workload(
                new Soc(
                        List.of(
                                a,
                                new SocCluster(1, "CPU", "B", b.deviceIds(), List.of(), List.of(), Map.of("a", 1.0))),
                        new double[][] {{1, 1}, {1, 1}},
                        1),
                List.of(new Application("x", ONE), new Application("y", ONE)),
                Transfers.EXACT);
    }

    private static SocCluster cluster(String name, Map<String, Double> micros, OperatingPoint... points) {
        return new SocCluster(0, "CPU", name, List.of(7), List.of(points), List.of(), micros);
    }

    private static Simulator simulator(SimulationOptions.Builder options) {
        return new Simulator(workload(), _ -> {}, new SteadyQueue(1, 1, 1, 1), options.build());
    }

    private static ArrivalTrace trace(double... micros) {
        return new ArrivalTrace(java.util.Arrays.stream(micros)
                .mapToObj(at -> new ArrivalTrace.Arrival(at, "x"))
                .toList());
    }

    static Stream<Arguments> platforms() {
        return Stream.of(
                refused(() -> new OperatingPoint(-1, 1), "frequency (-1.0 MHz) must be above 0, at most 1e6"),
                refused(() -> new OperatingPoint(INF, 1), "frequency (Infinity MHz) must be above 0, at most 1e6"),
                refused(() -> new OperatingPoint(1e6 + 1, 1), "frequency (1000001.0 MHz) must be above 0, at most 1e6"),
                refused(() -> new OperatingPoint(1, -0.1), "voltage (-0.1 V) must be above 0, at most 100"),
                refused(() -> new OperatingPoint(1, NAN), "voltage (NaN V) must be above 0, at most 100"),
                refused(() -> new OperatingPoint(1, 100.5), "voltage (100.5 V) must be above 0, at most 100"),
                refused(() -> new PowerProfile(1, List.of(NAN)), "power (NaN W) must be 0 to 1e6"),
                refused(() -> new PowerProfile(1, List.of(0.0, 2e6)), "power (2000000.0 W) must be 0 to 1e6"),
                refused(() -> new PowerProfile(1, List.of(INF)), "power (Infinity W) must be 0 to 1e6"),
                refused(
                        () -> cluster("L", Map.of("a", -1.0)),
                        "time (-1.0) of task 'a' on cluster 'L' must be 0 to 1.0E12 us"),
                refused(
                        () -> cluster("L", Map.of("zip", 2e12)),
                        "time (2.0E12) of task 'zip' on cluster 'L' must be 0 to 1.0E12 us"),
                refused(
                        () -> cluster("L", Map.of("a", INF)),
                        "time (Infinity) of task 'a' on cluster 'L' must be 0 to 1.0E12 us"),
                refused(
                        () -> cluster("L", Map.of(), new OperatingPoint(5, 1), new OperatingPoint(5, 2)),
                        "operating points of cluster 'L' must be by rising frequency"),
                refused(
                        () -> cluster(
                                "M",
                                Map.of(),
                                new OperatingPoint(5, 1),
                                new OperatingPoint(9, 1),
                                new OperatingPoint(8, 1)),
                        "operating points of cluster 'M' must be by rising frequency"),
                refused(() -> new Soc(List.of(), new double[][] {}, 1), "the platform has no device that computes"),
                refused(
                        () -> new Soc(
                                List.of(new SocCluster(
                                        0, "CPU", "L", List.of(), List.of(), List.of(), Map.of("a", 1.0))),
                                new double[][] {{1}},
                                1),
                        "the platform has no device that computes"),
                refused(
                        () -> new Soc(List.of(cluster("L", Map.of("a", 1.0))), new double[][] {}, 1),
                        "bandwidth has 0 rows for 1 clusters"),
                refused(
                        () -> new Soc(List.of(cluster("L", Map.of("a", 1.0))), new double[][] {{1, 1}}, 1),
                        "bandwidth row 0 has 2 figures for 1 clusters"));
    }

    static Stream<Arguments> jobs() {
        return Stream.of(
                refused(() -> new Application("", ONE), "an application must have a name"),
                refused(() -> new Application("\t ", ONE), "an application must have a name"),
                refused(() -> trace(-0.5), "arrival (-0.5 us) must be 0 to 1e15"),
                refused(() -> trace(NAN), "arrival (NaN us) must be 0 to 1e15"),
                refused(() -> trace(1.1e15), "arrival (1.1E15 us) must be 0 to 1e15"),
                refused(() -> trace(INF), "arrival (Infinity us) must be 0 to 1e15"),
                refused(() -> trace(3, 4, 3.5), "job 2 arrives at 3.5 us, before job 1 at 4.0 us"),
                refused(
                        () -> new TraceArrivals(
                                new ArrivalTrace(
                                        List.of(new ArrivalTrace.Arrival(0, "x"), new ArrivalTrace.Arrival(1, "z"))),
                                workload()),
                        "job 1: application 'z' is not known; known: x, y"),
                refused(
                        () -> new Workload(soc(), List.of(new Application("q", graph("a", "w"))), Transfers.EXACT),
                        "task 1 ('w') of application 'q' runs on no device"),
                refused(
                        () -> new Workload(
                                soc(),
                                List.of(
                                        new Application("q", ONE),
                                        new Application("p", ONE),
                                        new Application("q", ONE)),
                                Transfers.EXACT),
                        "application 'q' is given more than once"),
                refused(() -> new Workload(soc(), List.of(), Transfers.EXACT), "there is no application"),
                refused(() -> workload().applicationNamed(""), "application '' is not known; known: x, y"),
                refused(
                        () -> new SteadyQueue(-1, 1, 1, 1),
                        "queue of -1 applications, cap 1, mean interval 1.0 us must be positive"),
                refused(
                        () -> new SteadyQueue(1, 0, 1, 1),
                        "queue of 1 applications, cap 0, mean interval 1.0 us must be positive"),
                refused(
                        () -> new SteadyQueue(1, 1, -2, 1),
                        "queue of 1 applications, cap 1, mean interval -2.0 us must be positive"),
                refused(
                        () -> new SteadyQueue(1, 1, INF, 1),
                        "queue of 1 applications, cap 1, mean interval Infinity us must be positive"),
                refused(() -> new Tenant("", 1), "a tenant must have a name"),
                refused(() -> new Tenant(" ", 1), "a tenant must have a name"),
                refused(() -> new Tenant("t", 9e-4), "weight (9.0E-4) of tenant 't' must be 0.001 to 1000.0"),
                refused(() -> new Tenant("t", 1001), "weight (1001.0) of tenant 't' must be 0.001 to 1000.0"),
                refused(() -> new Tenant("t", NAN), "weight (NaN) of tenant 't' must be 0.001 to 1000.0"),
                refused(() -> new Tenant("t", -1), "weight (-1.0) of tenant 't' must be 0.001 to 1000.0"),
                refused(
                        () -> new Tenants(workload(), Map.of("w", new Tenant("t", 1))),
                        "application 'w' is not known; known: x, y"),
                refused(
                        () -> new Tenants(workload(), Map.of("x", new Tenant("y", 2))),
                        "tenant 'y' has two weights, 2.0 and 1.0"));
    }

    private static Soc soc() {
        return new Soc(List.of(cluster("L", Map.of("a", 1.0))), new double[][] {{1}}, 1);
    }

    private static TaskGraph graph(String... tasks) {
        var graph = TaskGraph.builder();
        List.of(tasks).forEach(graph::task);
        return graph.build();
    }

    static Stream<Arguments> events() {
        return Stream.of(
                refused(() -> new Outage(-2, 0, 1), "outage of device -2 from 0.0 to 1.0 us must have 0 <= from < to"),
                refused(() -> new Outage(0, -1, 1), "outage of device 0 from -1.0 to 1.0 us must have 0 <= from < to"),
                refused(() -> new Outage(0, 5, 5), "outage of device 0 from 5.0 to 5.0 us must have 0 <= from < to"),
                refused(() -> new Outage(0, 6, 5), "outage of device 0 from 6.0 to 5.0 us must have 0 <= from < to"),
                refused(() -> new Outage(0, NAN, 5), "outage of device 0 from NaN to 5.0 us must have 0 <= from < to"),
                refused(() -> new Outage(0, 1, NAN), "outage of device 0 from 1.0 to NaN us must have 0 <= from < to"),
                refused(
                        () -> new Outage(0, INF, INF),
                        "outage of device 0 from Infinity to Infinity us must have 0 <= from < to"),
                refused(
                        () -> new LinkChange(-1, 0, 0, 1),
                        "link change at -1.0 us of clusters 0 and 0 by factor 1.0 is not valid"),
                refused(
                        () -> new LinkChange(INF, 0, 0, 1),
                        "link change at Infinity us of clusters 0 and 0 by factor 1.0 is not valid"),
                refused(
                        () -> new LinkChange(NAN, 0, 0, 1),
                        "link change at NaN us of clusters 0 and 0 by factor 1.0 is not valid"),
                refused(
                        () -> new LinkChange(0, -1, 0, 1),
                        "link change at 0.0 us of clusters -1 and 0 by factor 1.0 is not valid"),
                refused(
                        () -> new LinkChange(0, 0, -1, 1),
                        "link change at 0.0 us of clusters 0 and -1 by factor 1.0 is not valid"),
                refused(
                        () -> new LinkChange(0, 0, 1, -2),
                        "link change at 0.0 us of clusters 0 and 1 by factor -2.0 is not valid"),
                refused(
                        () -> new LinkChange(0, 0, 1, 2e6),
                        "link change at 0.0 us of clusters 0 and 1 by factor 2000000.0 is not valid"),
                refused(
                        () -> new LinkChange(0, 0, 1, NAN),
                        "link change at 0.0 us of clusters 0 and 1 by factor NaN is not valid"));
    }

    static Stream<Arguments> options() {
        return Stream.of(
                option(options -> options.executionNoise(-0.1), "execution noise (-0.1) must be 0.0 to 1.0"),
                option(options -> options.executionNoise(1.1), "execution noise (1.1) must be 0.0 to 1.0"),
                option(options -> options.executionNoise(NAN), "execution noise (NaN) must be 0.0 to 1.0"),
                option(options -> options.transferNoise(-1), "transfer noise (-1.0) must be 0.0 to 1.0"),
                option(options -> options.transferNoise(2), "transfer noise (2.0) must be 0.0 to 1.0"),
                option(options -> options.decisionMicros(-1), "decision time (-1.0) must be 0.0 to 1.0E9"),
                option(options -> options.decisionMicros(2e9), "decision time (2.0E9) must be 0.0 to 1.0E9"),
                option(options -> options.queueCap(0), "queue cap (0.0) must be 1.0 to 2.147483647E9"),
                option(options -> options.queueCap(-5), "queue cap (-5.0) must be 1.0 to 2.147483647E9"),
                option(options -> options.horizonMicros(-1), "horizon (-1.0) must be 0.0 to Infinity"),
                option(options -> options.horizonMicros(NAN), "horizon (NaN) must be 0.0 to Infinity"),
                option(options -> options.powerCapWatts(0), "power cap (0.0) must be above 0"),
                option(options -> options.powerCapWatts(-1), "power cap (-1.0) must be above 0"),
                option(options -> options.powerCapWatts(NAN), "power cap (NaN) must be above 0"),
                option(options -> options.batteryJoules(1, -1), "battery (-1.0) must be 0.0 to Infinity"),
                option(options -> options.batteryJoules(NAN), "battery (NaN) must be 0.0 to Infinity"),
                option(options -> options.deadlineMicros(Deadline.COUNTED, 1, 0), "deadline (0.0) must be above 0"),
                option(options -> options.deadlineMicros(Deadline.ENFORCED, -3), "deadline (-3.0) must be above 0"),
                option(options -> options.deadlineMicros(Deadline.ENFORCED, NAN), "deadline (NaN) must be above 0"),
                misfit(
                        options -> options.outages(List.of(new Outage(0, 1, 2), new Outage(3, 1, 2))),
                        "outage of device 3: the platform has 3"),
                misfit(
                        options -> options.linkChanges(List.of(new LinkChange(0, 2, 0, 1))),
                        "link change of clusters 2 and 0: the platform has 2"),
                misfit(
                        options -> options.linkChanges(List.of(new LinkChange(0, 1, 5, 1))),
                        "link change of clusters 1 and 5: the platform has 2"),
                misfit(options -> options.batteryJoules(INF, 1), "2 batteries for 3 devices: [Infinity, 1.0]"),
                misfit(
                        options -> options.batteryJoules(1, 1, 1),
                        "battery of B-7: the power of cluster 'B' is not known"),
                misfit(options -> options.powerCapWatts(9), "power cap: the power of cluster 'B' is not known"),
                misfit(options -> options.deadlineMicros(Deadline.COUNTED, 5), "1 deadlines for 2 applications: [5.0]"),
                misfit(
                        options -> options.deadlineMicros(Deadline.COUNTED, 5, 6, 7),
                        "3 deadlines for 2 applications: [5.0, 6.0, 7.0]"),
                refused(
                        () -> simulator(SimulationOptions.ds3()),
                        "transfers of the workload are EXACT, not those of DS3"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"platforms", "jobs", "events", "options"})
    void whatIsNotAllowedIsNamed(String message, Supplier<?> maker) {
        assertThatThrownBy(maker::get)
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage(message);
    }

    static Stream<Arguments> borders() {
        return Stream.of(
                refused(() -> new OperatingPoint(1e6, 100), "the highest clock"),
                refused(() -> new OperatingPoint(Double.MIN_VALUE, Double.MIN_VALUE), "the lowest clock"),
                refused(() -> new PowerProfile(1, List.of(0.0, 1e6)), "no power and the highest"),
                refused(() -> cluster("L", Map.of("a", 0.0, "b", 1e12)), "no time and the longest"),
                refused(() -> trace(0, 0, 1e15, 1e15), "the first and the last moment"),
                refused(() -> trace(), "no jobs"),
                refused(() -> new Tenant("t", 1e-3), "the least weight"),
                refused(() -> new Tenant("t", 1e3), "the most weight"),
                refused(() -> new Outage(0, 0, INF), "always away"),
                refused(() -> new LinkChange(0, 3, 3, 1e6), "the slowest link"),
                refused(() -> new LinkChange(1e300, 0, 1, Double.MIN_VALUE), "the quickest link"),
                refused(() -> new Tenants(workload(), Map.of("x", new Tenant("y", 1))), "one tenant twice"),
                refused(
                        () -> simulator(
                                SimulationOptions.real().executionNoise(1).transferNoise(0)),
                        "noise"),
                refused(() -> simulator(SimulationOptions.real().decisionMicros(1e9)), "slow decisions"),
                refused(() -> simulator(SimulationOptions.real().queueCap(1)), "room for one"),
                refused(() -> simulator(SimulationOptions.real().horizonMicros(0)), "no time at all"),
                refused(() -> simulator(SimulationOptions.real().powerCapWatts(INF)), "no cap"),
                refused(() -> simulator(SimulationOptions.real().batteryJoules(0, 5, INF)), "batteries of A alone"),
                refused(
                        () -> simulator(SimulationOptions.real().deadlineMicros(Deadline.ENFORCED, INF, 1e-9)),
                        "no deadline"),
                refused(
                        () -> simulator(SimulationOptions.real().outages(List.of(new Outage(2, 0, 1)))),
                        "the last device"),
                refused(
                        () -> simulator(SimulationOptions.real().linkChanges(List.of(new LinkChange(0, 1, 1, 1)))),
                        "the last cluster"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("borders")
    void theBorderItselfIsAllowed(String what, Supplier<?> maker) {
        assertThatCode(maker::get).as(what).doesNotThrowAnyException();
    }
}
