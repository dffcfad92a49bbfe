package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.online.RollingHorizon.Objective;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SharedWorkloads;
import io.fleetwright.scheduler.sim.SimulationChecker;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.SteadyQueue;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RollingHorizonTest {
    /** SoCRATES' set-up: ten profiles, at most three jobs, mean interval 25 us, 5000 us, ten seeds. */
    @Test
    void beatsThePublishedSchedulersOnTheirOwnWorkload() throws Exception {
        Workload workload = SharedWorkloads.socrates();
        double mean = 0;
        double jobs = 0;
        for (int seed = 0; seed < 10; seed++) {
            SimulationResult result = new Simulator(
                            workload,
                            new RollingHorizon(Objective.LATENCY, 128, seed),
                            new SteadyQueue(10, 3, 25, seed),
                            SimulationOptions.ds3()
                                    .horizonMicros(5000)
                                    .recordSchedule(true)
                                    .build())
                    .run();
            mean += result.meanMicros() / 10;
            jobs += result.completed() / 10.0;
        }
        assertThat(mean).isLessThan(106);
        assertThat(jobs).isGreaterThan(105);
    }

    @ParameterizedTest
    @CsvSource({
        "wifi80-20_scale200, 0.94",
        "wifi80-20_scale100, 0.95",
        "wifi80-20_scale50,  0.98",
        "sixapp_scale200,    0.97"
    })
    void isFasterThanEarliestFinishFirst(String trace, double ratio) throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        SimulationResult etf = run(workload, OnlinePolicies.named("etf"), trace);
        SimulationResult plan = run(workload, new RollingHorizon(Objective.LATENCY, 16, 1), trace);
        assertThat(plan.completed()).isEqualTo(300);
        assertThat(SimulationChecker.check(workload, plan.schedule())).isEmpty();
        assertThat(plan.meanMicros()).isLessThan(ratio * etf.meanMicros());
    }

    /** Each job has 1.5 times its best known time on an empty platform. */
    @Test
    void missesHalfAsManyDeadlines() throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        double[] deadlines = new double[workload.applicationCount()];
        Arrays.fill(deadlines, Double.POSITIVE_INFINITY);
        deadlines[workload.applicationNamed("WiFi_Transmitter")] = 1.5 * 69;
        deadlines[workload.applicationNamed("WiFi_Receiver")] = 1.5 * 288;
        SimulationOptions.Builder options =
                SimulationOptions.ds3().deadlineMicros(SimulationOptions.Deadline.COUNTED, deadlines);
        SimulationResult etf = run(workload, OnlinePolicies.named("etf"), "wifi80-20_scale100", options);
        SimulationResult plan = run(workload, OnlinePolicies.named("deadline"), "wifi80-20_scale100", options);
        assertThat(etf.missRate()).isGreaterThan(0.1);
        assertThat(plan.completed()).isEqualTo(300);
        assertThat(plan.missRate()).isLessThanOrEqualTo(0.5 * etf.missRate());
    }

    private static SimulationResult run(Workload workload, OnlinePolicy policy, String trace) throws Exception {
        return run(workload, policy, trace, SimulationOptions.ds3());
    }

    private static SimulationResult run(
            Workload workload, OnlinePolicy policy, String trace, SimulationOptions.Builder options) throws Exception {
        return new Simulator(
                        workload,
                        policy,
                        new TraceArrivals(SharedWorkloads.trace(trace), workload),
                        options.recordSchedule(true).build())
                .run();
    }
}
