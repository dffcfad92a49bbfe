package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.reference.RawWorkload;
import io.fleetwright.scheduler.reference.RawWorkloads;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FastReferenceTest {
    /** Alone on the platform a job takes what HEFT plans for it. */
    @Test
    void aJobAloneTakesTheMakespanOfHeft() {
        SeededCases.forEach(1, 100, (random, _) -> {
            Workload workload = RawWorkloads.real(random).toWorkload(Workload.Transfers.EXACT);
            for (int app = 0; app < workload.applicationCount(); app++) {
                int of = app;
                double planned = new Heft().schedule(workload.problem(app)).makespan();
                var reference = new FastReference(workload);
                atFirst(workload, state -> assertThat(reference.take(state, of)).isCloseTo(planned, within(1e-9)));
            }
        });
    }

    /** Later jobs go between what the earlier ones left, and none of them is moved for it. */
    @Test
    void noJobIsSoonerForTheOnesBeforeIt() {
        SeededCases.forEach(1, 60, (random, _) -> {
            Workload workload = RawWorkloads.real(random).toWorkload(Workload.Transfers.EXACT);
            int app = random.nextInt(workload.applicationCount());
            double alone = new Heft().schedule(workload.problem(app)).makespan();
            double work = 0;
            for (int task = 0; task < workload.graph(app).taskCount(); task++) {
                double least = Double.POSITIVE_INFINITY;
                for (int cluster = 0; cluster < workload.clusterCount(); cluster++) {
                    least = Math.min(least, workload.execution(app, task, cluster));
                }
                work += least;
            }
            double least = work;
            var reference = new FastReference(workload);
            atFirst(workload, state -> {
                List<Double> ends = new ArrayList<>();
                for (int job = 0; job < 6; job++) {
                    ends.add(reference.take(state, app));
                }
                assertThat(ends.getFirst()).isCloseTo(alone, within(1e-9));
                assertThat(ends.stream().mapToDouble(end -> end).max().orElseThrow())
                        .isGreaterThanOrEqualTo(6 * least / workload.deviceCount() - 1e-9);
            });
        });
    }

    /** Asks in the state of the first decision of a simulation, in which nothing has run yet. */
    private static void atFirst(Workload workload, Consumer<SystemState> question) {
        var eft = OnlinePolicies.named("eft");
        boolean[] asked = {false};
        List<ArrivalTrace.Arrival> one = new ArrayList<>();
        for (double[] arrival :
                RawWorkloads.arrivals(new SplittableRandom(1), workload.applicationCount(), 1, 5, false)) {
            one.add(new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])));
        }
        new Simulator(
                        workload,
                        state -> {
                            if (!asked[0]) {
                                asked[0] = true;
                                question.accept(state);
                            }
                            eft.decide(state);
                        },
                        new TraceArrivals(new ArrivalTrace(one), workload),
                        SimulationOptions.real().build())
                .run();
        assertThat(asked[0]).isTrue();
    }
}
