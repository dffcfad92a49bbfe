package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnergyAwareTest {
    /** Against DS3's ETF on the same arrivals: energy and mean latency as parts of its own. */
    @ParameterizedTest
    @CsvSource({
        "sixapp_scale200,      0.80, 1.10",
        "sixapp_scale1000,     0.90, 1.10",
        "sixapp_scale60,       0.90, 1.05",
        "wifi80-20_scale100,   0.90, 1.10",
        "wifi80-20_scale1000,  0.90, 1.10",
    })
    void savesEnergyAndKeepsTheBoundOnLatency(String trace, double energy, double latency) throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        SimulationResult etf = run(workload, OnlinePolicies.named("etf"), trace);
        SimulationResult plan = run(workload, OnlinePolicies.named("energy"), trace);
        assertThat(plan.completed()).isEqualTo(300);
        assertThat(plan.joules()).isBetween(0.3 * etf.joules(), energy * etf.joules());
        assertThat(plan.meanMicros()).isLessThan(latency * etf.meanMicros());
    }

    @Test
    void moreSlackTakesLessEnergyAndMoreTime() throws Exception {
        Workload workload = SharedWorkloads.ds3("multiple-bal", Semantics.DS3);
        SimulationResult quick = run(workload, new EnergyAware(0.02, 1), "sixapp_scale500");
        SimulationResult slow = run(workload, new EnergyAware(0.3, 1), "sixapp_scale500");
        assertThat(slow.joules()).isLessThan(0.9 * quick.joules());
        assertThat(slow.meanMicros()).isGreaterThan(1.1 * quick.meanMicros());
    }

    @Test
    void theScheduleHoldsOnAPlatformOfUnknownPower() throws Exception {
        Workload workload = SharedWorkloads.socrates();
        SimulationResult result = new Simulator(
                        workload,
                        new EnergyAware(0.1, 1),
                        new SteadyQueue(10, 3, 25, 1),
                        SimulationOptions.ds3()
                                .horizonMicros(5000)
                                .recordSchedule(true)
                                .build())
                .run();
        assertThat(result.completed()).isGreaterThan(90);
        assertThat(SimulationChecker.check(workload, result.schedule())).isEmpty();
    }

    @Test
    void slackOutOfRangeIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EnergyAware(-0.1, 1))
                .withMessageContaining("slack (-0.1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EnergyAware(Double.NaN, 1))
                .withMessageContaining("slack (NaN)");
    }

    private static SimulationResult run(Workload workload, OnlinePolicy policy, String trace) throws Exception {
        return new Simulator(
                        workload,
                        policy,
                        new TraceArrivals(SharedWorkloads.trace(trace), workload),
                        SimulationOptions.ds3().build())
                .run();
    }
}
