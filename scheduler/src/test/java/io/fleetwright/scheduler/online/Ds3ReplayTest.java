package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.SharedWorkloads;
import io.fleetwright.scheduler.sim.SimulationChecker;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Figures measured in DS3 itself at the commit that the shared workloads name, on its default platform. */
class Ds3ReplayTest {
    @ParameterizedTest
    @CsvSource({
        "WiFi_Transmitter,     71,  71,  71, 165,  71,  71",
        "WiFi_Receiver,       389, 301, 301, 641, 301, 301",
        "lag_detection,       177, 177, 177, 177, 177, 177",
        "SC-T,                 56,  56,  56,  56,  56,  56",
        "SC-R,                154, 154, 154, 154, 154, 154",
        "Temporal_Mitigation,  81,  81,  81,  95,  81,  81",
    })
    void aSingleJobTakesWhatItTakesInDs3(
            String app, double met, double etf, double eft, double stf, double etfLb, double heftRt) throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        ArrivalTrace one = new ArrivalTrace(List.of(new ArrivalTrace.Arrival(0, app)));
        List<String> policies = List.of("met", "etf", "eft", "stf", "etf-lb", "heft-rt");
        assertThat(policies.stream().map(policy -> run(workload, policy, one).meanMicros()))
                .containsExactly(met, etf, eft, stf, etfLb, heftRt);
    }

    @ParameterizedTest
    @CsvSource({
        "wifi80-20_scale1000, met, 143.7,  390",
        "wifi80-20_scale1000, etf, 117.6,  301",
        "wifi80-20_scale1000, eft, 117.7,  301",
        "wifi80-20_scale200,  met, 207.3,  504",
        "wifi80-20_scale200,  etf, 127.6,  329",
        "wifi80-20_scale200,  eft, 127.7,  323",
        "wifi80-20_scale100,  met, 392.5,  1225",
        "wifi80-20_scale100,  etf, 141.2,  363",
        "wifi80-20_scale100,  eft, 142.8,  348",
        "wifi80-20_scale50,   met, 2890.7, 6238",
        "wifi80-20_scale50,   etf, 214.2,  538",
        "wifi80-20_scale50,   eft, 214.7,  534",
        "wifi80-20_scale30,   etf, 788.0,  1610",
        "wifi80-20_scale30,   eft, 758.0,  1611",
    })
    void aTraceReplaysToTheDigit(String trace, String policy, double mean, double p95) throws Exception {
        SimulationResult result = run(trace, policy);
        assertThat(result.completed()).isEqualTo(300);
        assertThat(result.meanMicros()).isCloseTo(mean, within(0.051));
        assertThat(result.quantileMicros(0.95)).isEqualTo(p95);
    }

    @ParameterizedTest
    @CsvSource({
        "sixapp_scale1000, etf, 144.9", "sixapp_scale200, etf, 151.9",
        "sixapp_scale150,  etf, 155.2", "sixapp_scale60,  etf, 190.6",
        "sixapp_scale1000, met, 166.5", "sixapp_scale200, met, 209.0",
        "sixapp_scale150,  met, 239.4",
    })
    void sixApplicationsReplayToTheDigit(String trace, String policy, double mean) throws Exception {
        assertThat(run(trace, policy).meanMicros()).isCloseTo(mean, within(0.051));
    }

    @ParameterizedTest
    @CsvSource({
        "wifi80-20_scale1000, etf-lb, 117.6", "wifi80-20_scale200, etf-lb, 126.7",
        "wifi80-20_scale100,  etf-lb, 142.3", "wifi80-20_scale100, stf,    13295.2",
        "wifi80-20_scale200,  stf,    2416.1",
    })
    void theOtherRulesReplayToTheDigit(String trace, String policy, double mean) throws Exception {
        assertThat(run(trace, policy).meanMicros()).isCloseTo(mean, within(0.051));
    }

    @ParameterizedTest
    @CsvSource({
        "wifi80-20_scale1000, 117.7",
        "wifi80-20_scale200, 125.9",
        "wifi80-20_scale100, 139.2",
        "wifi80-20_scale50,   212.5",
        "wifi80-20_scale30,  770.4",
    })
    void rankedTasksKeepWithinAPercent(String trace, double mean) throws Exception {
        assertThat(run(trace, "heft-rt").meanMicros()).isCloseTo(mean, within(0.01 * mean));
    }

    @Test
    void everyTraceRunsAndEveryScheduleHolds() throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        for (String trace : SharedWorkloads.traces()) {
            SimulationResult result = run(workload, "etf", SharedWorkloads.trace(trace));
            assertThat(result.completed()).as(trace).isEqualTo(300);
            assertThat(SimulationChecker.check(workload, result.schedule()))
                    .as(trace)
                    .isEmpty();
        }
    }

    @Test
    void realTimeAndTheOtherPlatformsHoldToo() throws Exception {
        ArrivalTrace all = SharedWorkloads.trace("wifi80-20_scale200");
        ArrivalTrace first = new ArrivalTrace(all.arrivals().subList(0, 80));
        for (String soc : List.of("multiple-bal", "multiple-bal-noc", "bal-only")) {
            Workload workload = SharedWorkloads.ds3(soc, Semantics.REAL);
            for (String policy : OnlinePolicies.names()) {
                SimulationResult result = new Simulator(
                                workload,
                                OnlinePolicies.named(policy),
                                new TraceArrivals(first, workload),
                                SimulationOptions.real().recordSchedule(true).build())
                        .run();
                assertThat(result.completed()).isEqualTo(80);
                assertThat(SimulationChecker.check(workload, result.schedule()))
                        .as("%s %s", soc, policy)
                        .isEmpty();
            }
        }
    }

    private static SimulationResult run(String trace, String policy) throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        return run(workload, policy, SharedWorkloads.trace(trace));
    }

    private static SimulationResult run(Workload workload, String policy, ArrivalTrace trace) {
        return new Simulator(
                        workload,
                        OnlinePolicies.named(policy),
                        new TraceArrivals(trace, workload),
                        SimulationOptions.ds3().recordSchedule(true).build())
                .run();
    }
}
