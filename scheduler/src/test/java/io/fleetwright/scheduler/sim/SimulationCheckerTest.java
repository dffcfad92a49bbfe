package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.graph.TaskGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two devices of one cluster; a of 10 us feeds b of 6 us over 5 units, which take 5 us to the other device. */
class SimulationCheckerTest {
    private static final Workload WORKLOAD = workload();

    @Test
    void aScheduleThatHoldsHasNoViolation() {
        assertThat(SimulationChecker.check(WORKLOAD, List.of(run(0, 0, 10), run(1, 0, 16))))
                .isEmpty();
        assertThat(SimulationChecker.check(WORKLOAD, List.of(run(0, 0, 10), run(1, 1, 21))))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 11, 1, 0, 17, takes 10.0 us",
        "0, 0,  9, 1, 0, 16, takes 10.0 us",
        "0, 0, 10, 1, 0, 15, overlap",
        "0, 0, 10, 1, 1, 20, before its input arrived",
        "1, 0,  6, 1, 1, 16, before its input was made",
        "0, 0, 10, 0, 1, 10, done twice",
    })
    void eachViolationIsSaid(int task, int device, double finish, int task2, int device2, double finish2, String what) {
        assertThat(SimulationChecker.check(WORKLOAD, List.of(run(task, device, finish), run(task2, device2, finish2))))
                .anyMatch(line -> line.startsWith(what));
    }

    @Test
    void aRunThatWasCutOffMayBeShortButNotLong() {
        ScheduleEntry half = new ScheduleEntry(0, 0, 0, 1, 0, 4, 1, false);
        assertThat(SimulationChecker.check(WORKLOAD, List.of(half, run(0, 0, 10))))
                .isEmpty();
        ScheduleEntry over = new ScheduleEntry(0, 0, 0, 1, 0, 11, 1, false);
        assertThat(SimulationChecker.check(WORKLOAD, List.of(over, run(0, 0, 10))))
                .singleElement()
                .asString()
                .startsWith("cut off after its end");
    }

    @Test
    void aSlowClockIsAllowedFor() {
        ScheduleEntry slow = new ScheduleEntry(0, 0, 0, 0, 0, 15, 1.5, true);
        assertThat(SimulationChecker.check(WORKLOAD, List.of(slow))).isEmpty();
    }

    /** A run of its full time that ends at {@code finish}, off by what differs from a whole number of tens or sixes. */
    private static ScheduleEntry run(int task, int device, double finish) {
        double begin = task == 0 ? 0 : finish - 6;
        return new ScheduleEntry(0, 0, task, device, begin, finish, 1, true);
    }

    private static Workload workload() {
        var cluster = new SocCluster(0, "CPU", "C", List.of(0, 1), List.of(), List.of(), Map.of("a", 10.0, "b", 6.0));
        var graph = TaskGraph.builder().task("a").task("b").edge(0, 1, 5).build();
        return new Workload(
                new Soc(List.of(cluster), new double[][] {{1}}, 1),
                List.of(new Application("app", graph)),
                Workload.Transfers.EXACT);
    }
}
