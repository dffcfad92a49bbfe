package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.reference.RawWorkload;
import io.fleetwright.scheduler.reference.RawWorkloads;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.Scenario;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PairFeaturesTest {
    private static List<Double> ofTask(PairFeatures features, SystemState state, int task) {
        double[] values = new double[PairFeatures.TASK];
        features.ofTask(state, task, values);
        return list(values);
    }

    private static List<Double> ofPair(PairFeatures features, SystemState state, int task, int device) {
        double[] values = new double[PairFeatures.PAIR];
        features.ofPair(
                state,
                task,
                device,
                state.execution(task, device),
                state.inputArrival(task, device),
                state.estimatedFree(device),
                values);
        return list(values);
    }

    private static List<Double> list(double[] values) {
        List<Double> list = new ArrayList<>();
        for (double value : values) {
            list.add(value);
        }
        return list;
    }

    @Test
    void everyFeatureIsBetweenNoneAndAll() {
        var seen = new AtomicInteger();
        SeededCases.forEach(1, 30, (random, _) -> {
            RawWorkload raw = RawWorkloads.whole(random);
            Workload workload = raw.toWorkload(Workload.Transfers.WHOLE_MICROS);
            PairFeatures features = new PairFeatures(workload);
            List<ArrivalTrace.Arrival> arrivals = RawWorkloads.arrivals(
                            random, raw.apps().size(), 10, 5, true)
                    .stream()
                    .map(arrival -> new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])))
                    .toList();
            var etf = OnlinePolicies.named("etf");
            var _ = new Simulator(
                            workload,
                            state -> {
                                features.observe(state);
                                for (int i = 0; i < state.readyCount(); i++) {
                                    int task = state.readyTask(i);
                                    assertThat(ofTask(features, state, task))
                                            .allMatch(value -> value >= 0 && value <= 1);
                                    for (int device = 0; device < workload.deviceCount(); device++) {
                                        if (state.execution(task, device) != Workload.CANNOT_RUN) {
                                            assertThat(ofPair(features, state, task, device))
                                                    .allMatch(value -> value >= 0 && value <= 1);
                                            seen.incrementAndGet();
                                        }
                                    }
                                }
                                etf.decide(state);
                            },
                            new TraceArrivals(new ArrivalTrace(arrivals), workload),
                            SimulationOptions.ds3().build())
                    .run();
        });
        assertThat(seen.get()).isGreaterThan(1000);
    }

    /**
     * A chain a, b on two cores (6 and 2 us) and on an accelerator that runs a in 2 us: shortest times 2 and 2, unit of a task 2,
     * work 4, and the ranks are a's mean 4 and b's 2 with nothing between: 6 and 2. The second job comes at 3 us.
     */
    @Test
    void featuresOfASmallSystemAreThoseWorkedOutByHand() {
        Scenario small = Scenario.on("C 2: a=6 b=2", "D 1: a=2")
                .app("chain", "a b; a>b 0")
                .jobs("chain@0 chain@3");
        PairFeatures features = new PairFeatures(small.workload());
        List<List<Double>> seen = new ArrayList<>();
        var etf = OnlinePolicies.named("etf");
        var _ = small.run(state -> {
            if (state.now() == 3) {
                features.observe(state);
                int task = state.readyTask(0);
                seen.add(ofTask(features, state, task));
                seen.add(ofPair(features, state, task, 0));
                seen.add(ofPair(features, state, task, 2));
            }
            etf.decide(state);
        });
        // The first job's b runs on core 0 from 2 to 4; two jobs on three devices; one task is ready.
        assertThat(seen).hasSize(3);
        assertClose(seen.get(0), 1, 0.5, 0.5, 0.5, 0, 0.5, 2 / 4.0, 1, 0.5, 2 / 5.0, 1 / 4.0);
        assertClose(seen.get(1), 6 / 8.0, 2 / 6.0, 1 / 3.0, 0, 0, 0, 1, 1 / 2.0);
        assertClose(seen.get(2), 2 / 4.0, 1, 0, 0, 0, 0, 1 / 2.0, 1);
    }

    private static void assertClose(List<Double> values, double... expected) {
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(values.get(i)).as("feature %d", i).isCloseTo(expected[i], within(1e-12));
        }
    }
}
