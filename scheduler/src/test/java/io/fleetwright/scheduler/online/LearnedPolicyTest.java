package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.reference.RawWorkload;
import io.fleetwright.scheduler.reference.RawWorkloads;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.Scenario;
import io.fleetwright.scheduler.sim.SimulationOptions;
import io.fleetwright.scheduler.sim.SimulationResult;
import io.fleetwright.scheduler.sim.Simulator;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LearnedPolicyTest {
    private static OnlinePolicy etf() {
        return OnlinePolicies.named("etf");
    }

    /** Whole figures with many ties, under both semantics, with noise: every run of every task at the same time and place. */
    @Test
    void withoutTrainingEveryScheduleIsThatOfEtf() {
        var others = new AtomicInteger();
        SeededCases.forEach(1, 60, (random, seed) -> {
            RawWorkload raw = seed % 3 == 0 ? RawWorkloads.real(random) : RawWorkloads.whole(random);
            SimulationOptions.Builder options = seed % 2 == 0 ? SimulationOptions.ds3() : SimulationOptions.real();
            options.seed(seed).executionNoise(seed % 5 == 0 ? 0.3 : 0).recordSchedule(true);
            Workload workload =
                    raw.toWorkload(seed % 2 == 0 ? Workload.Transfers.WHOLE_MICROS : Workload.Transfers.EXACT);
            List<double[]> arrivals = RawWorkloads.arrivals(random, raw.apps().size(), 12, 8, true);
            SimulationResult expected = run(workload, arrivals, etf(), options);
            SimulationResult untrained =
                    run(workload, arrivals, OnlinePolicies.learned(PairNetwork.initial(seed)), options);
            assertThat(untrained.schedule()).isEqualTo(expected.schedule());
            SimulationResult other =
                    run(workload, arrivals, OnlinePolicies.learned(TestNetworks.random(random)), options);
            others.addAndGet(other.schedule().equals(expected.schedule()) ? 0 : 1);
        });
        // The same comparison tells other networks from ETF.
        assertThat(others.get()).isGreaterThan(30);
    }

    private static SimulationResult run(
            Workload workload, List<double[]> arrivals, OnlinePolicy policy, SimulationOptions.Builder options) {
        var trace = new ArrivalTrace(arrivals.stream()
                .map(arrival -> new ArrivalTrace.Arrival(arrival[0], RawWorkload.appName((int) arrival[1])))
                .toList());
        return new Simulator(workload, policy, new TraceArrivals(trace, workload), options.build()).run();
    }

    private static Scenario line() {
        return Scenario.on("A 1: a=10 b=2").app("long", "a").app("short", "b").jobs("long@0 long@1 long@2 short@3");
    }

    /** A place in line by the shortest execution: the short job, last to come, goes before those that wait. */
    @Test
    void aShiftLetsAJobOvertakeWhatWaits() {
        assertThat(line().timeline(etf())).containsExactly("0a@0 0-10", "1a@0 10-20", "2a@0 20-30", "3b@0 30-32");
        PairNetwork shortFirst = TestNetworks.direct("shortest execution", PairNetwork.SHIFT, 40);
        assertThat(line().timeline(OnlinePolicies.learned(shortFirst)))
                .containsExactly("0a@0 0-10", "3b@0 10-12", "1a@0 12-22", "2a@0 22-32");
    }

    /** A toll on execution: the slower device that is free is left for the faster one that is not. */
    @Test
    void aCorrectionChoosesAnotherDevice() {
        Scenario two = Scenario.on("A 1: a=6", "B 1: a=10").app("one", "a").jobs("one@0 one@1");
        assertThat(two.timeline(etf())).containsExactly("0a@0 0-6", "1a@1 1-11");
        PairNetwork frugal = TestNetworks.direct("execution", PairNetwork.CORRECTION, 10);
        assertThat(two.timeline(OnlinePolicies.learned(frugal))).containsExactly("0a@0 0-6", "1a@0 6-12");
    }

    /** Whatever the network says, a flood of ready tasks is ETF's. */
    @Test
    void moreReadyTasksThanItLooksAtAreLeftToEtf() {
        int jobs = LearnedPolicy.READY_MAX + 1;
        Scenario flood = Scenario.on("A 1: a=6 b=3", "B 1: a=10 b=4")
                .app("long", "a")
                .app("short", "b")
                .jobs("long", jobs - 1, 0)
                .jobs("short@0");
        PairNetwork random = TestNetworks.random(new SplittableRandom(4));
        assertThat(flood.timeline(OnlinePolicies.learned(random))).isEqualTo(flood.timeline(etf()));
        Scenario fewer = Scenario.on("A 1: a=6 b=3", "B 1: a=10 b=4")
                .app("long", "a")
                .app("short", "b")
                .jobs("long", jobs - 2, 0)
                .jobs("short@0");
        assertThat(fewer.timeline(OnlinePolicies.learned(random))).isNotEqualTo(fewer.timeline(etf()));
    }
}
