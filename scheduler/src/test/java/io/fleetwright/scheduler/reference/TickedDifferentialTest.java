package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The event-driven simulator under DS3's semantics runs every task where and when DS3's own way of working does. */
class TickedDifferentialTest {
    @ParameterizedTest
    @ValueSource(strings = {"met", "eft", "etf", "stf", "etf-lb", "heft-rt"})
    void everyTaskRunsWhereAndWhenTheTickingSimulatorRunsIt(String policy) {
        SeededCases.forEach(1, 150, (random, _) -> {
            RawWorkload workload = RawWorkloads.whole(random);
            List<double[]> arrivals = RawWorkloads.arrivals(
                    random, workload.apps().size(), random.nextInt(1, 25), random.nextInt(1, 40), true);
            assertThat(simulated(workload, policy, arrivals))
                    .isEqualTo(TickedSimulator.run(workload, NaivePolicies.named(policy), arrivals));
        });
    }

    private static List<NaiveSystem.Run> simulated(RawWorkload raw, String policy, List<double[]> arrivals) {
        Workload workload = raw.toWorkload(Workload.Transfers.WHOLE_MICROS);
        ArrivalTrace trace = new ArrivalTrace(arrivals.stream()
                .map(arrival -> new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])))
                .toList());
        SimulationResult result = new Simulator(
                        workload,
                        OnlinePolicies.named(policy),
                        new TraceArrivals(trace, workload),
                        SimulationOptions.ds3().recordSchedule(true).build())
                .run();
        return NaiveRuns.of(result);
    }
}
