package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs of a (100 us on device 0), 50 us of transfer, b (100 us on device 1), far apart. */
class NoiseTest {
    private static final int JOBS = 10_000;

    @ParameterizedTest
    @ValueSource(doubles = {0.05, 0.1, 0.25})
    void runsVaryAroundTheirMeanByTheStatedPart(double noise) {
        double[] runs = run(Semantics.REAL, SimulationOptions.real().executionNoise(noise)).schedule().stream()
                .mapToDouble(entry -> entry.finishMicros() - entry.startMicros())
                .toArray();
        assertThat(runs).hasSize(2 * JOBS);
        assertThat(mean(runs)).isCloseTo(100, within(100 * noise * 4 / Math.sqrt(runs.length)));
        assertThat(deviation(runs)).isCloseTo(100 * noise, within(3 * noise));
    }

    /** At a deviation of the mean itself a sixth of the runs would take less than nothing. */
    @Test
    void noRunIsShorterThanATenth() {
        double[] runs = run(Semantics.REAL, SimulationOptions.real().executionNoise(1)).schedule().stream()
                .mapToDouble(entry -> entry.finishMicros() - entry.startMicros())
                .sorted()
                .toArray();
        assertThat(runs[0]).isCloseTo(10, within(1e-6));
        assertThat(Arrays.stream(runs).filter(micros -> micros < 10 + 1e-6).count() / (double) runs.length)
                .isCloseTo(0.184, within(0.01));
    }

    @Test
    void transfersVaryToo() {
        SimulationResult result = run(Semantics.REAL, SimulationOptions.real().transferNoise(0.2));
        double[] transfers = new double[JOBS];
        for (int job = 0; job < JOBS; job++) {
            transfers[job] = result.schedule().get(2 * job + 1).startMicros()
                    - result.schedule().get(2 * job).finishMicros();
        }
        assertThat(mean(transfers)).isCloseTo(50, within(0.5));
        assertThat(deviation(transfers)).isCloseTo(10, within(0.3));
    }

    @Test
    void underTicksRunsAreWholeMicroseconds() {
        double[] runs = run(Semantics.DS3, SimulationOptions.ds3().executionNoise(0.3)).schedule().stream()
                .mapToDouble(entry -> entry.finishMicros() - entry.startMicros())
                .toArray();
        assertThat(Arrays.stream(runs)).allMatch(micros -> micros == Math.rint(micros) && micros >= 1);
        assertThat(mean(runs)).isCloseTo(100, within(1.0));
        assertThat(deviation(runs)).isCloseTo(30, within(1.0));
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double deviation(double[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElseThrow());
    }

    private static SimulationResult run(Semantics semantics, SimulationOptions.Builder options) {
        var clusters = List.of(
                new SocCluster(0, "CPU", "A", List.of(0), List.of(), List.of(), Map.of("a", 100.0)),
                new SocCluster(1, "CPU", "B", List.of(1), List.of(), List.of(), Map.of("b", 100.0)));
        var graph = TaskGraph.builder().task("a").task("b").edge(0, 1, 50).build();
        var workload = new Workload(
                new Soc(clusters, new double[][] {{1, 1}, {1, 1}}, 1),
                List.of(new Application("app", graph)),
                SimulationOptions.transfers(semantics));
        var trace = new ArrivalTrace(IntStream.range(0, JOBS)
                .mapToObj(job -> new ArrivalTrace.Arrival(2000.0 * job, "app"))
                .toList());
        return new Simulator(
                        workload,
                        OnlinePolicies.named("eft"),
                        new TraceArrivals(trace, workload),
                        options.seed(11).recordSchedule(true).build())
                .run();
    }
}
