package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Jobs of one task of 10 us on one device, 100 us apart: each is promised 10 us and gone when the next one comes. */
class LatencyPriceTest {
    private static final Workload WORKLOAD = workload();

    /** All took what was promised: with a slack of 0.2 each that leaves takes the price by exp(0.5 x -0.2). */
    @Test
    void thePriceFallsWhileJobsKeepWithinTheSlack() {
        assertThat(prices(0.2, 10, 4))
                .containsExactly(new double[] {8, 8 * Math.exp(-0.1), 8 * Math.exp(-0.2), 8 * Math.exp(-0.3)}, near());
    }

    /** All took half as long again: exp(0.5 x (1.5 - 1 - 0.2)) each. */
    @Test
    void thePriceRisesWhileTheyDoNot() {
        assertThat(prices(0.2, 15, 3)).containsExactly(new double[] {8, 8 * Math.exp(0.15), 8 * Math.exp(0.3)}, near());
    }

    @Test
    void atTheSlackItStays() {
        assertThat(prices(0.5, 15, 5)).containsExactly(new double[] {8, 8, 8, 8, 8}, near());
    }

    @Test
    void itStaysWithinARangeOfItsBeginning() {
        double[] risen = prices(0, 1000, 10);
        assertThat(risen[9]).isCloseTo(8e4, within(1e-6));
        double[] fallen = prices(10, 10, 10);
        assertThat(fallen[9]).isCloseTo(8e-4, within(1e-12));
    }

    /** What it is when each of the jobs comes; each is expected to take {@code micros}. */
    private static double[] prices(double slack, double micros, int jobs) {
        var price = new LatencyPrice(new FastReference(WORKLOAD), slack, 8);
        List<Double> prices = new ArrayList<>();
        var trace = new ArrivalTrace(IntStream.range(0, jobs)
                .mapToObj(job -> new ArrivalTrace.Arrival(100.0 * job, "app"))
                .toList());
        new Simulator(
                        WORKLOAD,
                        state -> {
                            price.account(state);
                            prices.add(price.microjoulesPerMicro());
                            price.expect(state.slotOf(state.readyTask(0)), micros);
                            placeFirst(state);
                        },
                        new TraceArrivals(trace, WORKLOAD),
                        SimulationOptions.real().build())
                .run();
        return prices.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static void placeFirst(SystemState state) {
        state.place(state.readyTask(0), 0, state.now() + 10);
    }

    private static Offset<Double> near() {
        return within(1e-9);
    }

    private static Workload workload() {
        var cluster = new SocCluster(0, "CPU", "C", List.of(0), List.of(), List.of(), Map.of("a", 10.0));
        return new Workload(
                new Soc(List.of(cluster), new double[][] {{1}}, 1),
                List.of(new Application("app", TaskGraph.builder().task("a").build())),
                Workload.Transfers.EXACT);
    }
}
