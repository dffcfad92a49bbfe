package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.online.OnlinePolicies;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ready tasks gather until a batch window closes. */
class BatchTimelineTest {
    private static Scenario pair() {
        return Scenario.on("A 2: a=10 b=6").app("one", "a").app("chain", "a b; a>b 0");
    }

    /**
     * A task of 10 us on device 0. A window opens with the first task that is ready, not on a clock: at 0 and 7 with 5 us, for what
     * is ready between; b of a chain is ready at the end of a, and waits for its own window.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | one@0 one@3       | a=0     | 0a@0 0-10, 1a@0 10-20
            5 | one@0             | a=0     | 0a@0 5-15
            5 | one@0 one@3       | a=0     | 0a@0 5-15, 1a@0 15-25
            5 | one@0 one@3       | a=0 1a=1| 0a@0 5-15, 1a@1 5-15
            5 | one@0 one@5       | a=0 1a=1| 0a@0 5-15, 1a@1 5-15
            5 | one@0 one@7       | a=0 1a=1| 0a@0 5-15, 1a@1 12-22
            5 | chain@0           | a=0 b=0 | 0a@0 5-15, 0b@0 20-26
            5 | chain@0 one@17    | a=0 b=1 | 0a@0 5-15, 0b@1 20-26, 1a@0 20-30
            """)
    void whatIsReadyWithinAWindowIsPlacedAtItsEnd(double micros, String jobs, String places, String expected) {
        assertThat(pair().with(options -> options.batchMicros(micros))
                        .jobs(jobs)
                        .timeline(fixed(places)))
                .isEqualTo(Scenario.list(expected));
    }

    /** What no device takes at the end of one window is in the next, which only something that happens opens. */
    @Test
    void aTaskWithoutADeviceIsAskedForAgain() {
        Scenario lost = Scenario.on("A 1: a=10")
                .app("one", "a")
                .with(options -> options.batchMicros(5).outages(List.of(new Outage(0, 0, 42))))
                .jobs("one@0");
        assertThat(lost.timeline(OnlinePolicies.named("etf"))).containsExactly("0a@0 47-57");
    }

    /** Jobs of 8 and 2 us on one device, the long one first: together they are planned for the least mean latency. */
    @Test
    void aPolicyChoosesAmongAllThatHasGathered() {
        Scenario shorter =
                Scenario.on("A 1: a=8 b=2").app("long", "a").app("short", "b").jobs("long@0 short@1");
        assertThat(shorter.timeline(OnlinePolicies.named("portfolio"))).containsExactly("0a@0 0-8", "1b@0 8-10");
        assertThat(shorter.with(options -> options.batchMicros(1)).timeline(OnlinePolicies.named("portfolio")))
                .containsExactly("1b@0 1-3", "0a@0 3-11");
    }

    /** A window of 2.5 us is one of three ticks. */
    @Test
    void aWindowIsWholeTicks() {
        Scenario ticking = Scenario.ticking("A 1: a=10")
                .app("one", "a")
                .with(options -> options.batchMicros(2.5))
                .jobs("one@0");
        assertThat(ticking.timeline(fixed("a=0"))).containsExactly("0a@0 3-13");
    }

    /** Under every policy: decisions stand at least a window apart, no task waits longer for one, and all jobs end. */
    @Test
    void decisionsStandAWindowApart() {
        for (String name : OnlinePolicies.names()) {
            SeededCases.forEach(1, 5, (random, _) -> {
                double window = random.nextDouble(0.5, 30);
                StringBuilder jobs = new StringBuilder();
                double at = 0;
                for (int i = 0; i < 40; i++) {
                    at += random.nextInt(12);
                    jobs.append(random.nextBoolean() ? "one@" : "chain@")
                            .append(at)
                            .append(' ');
                }
                OnlinePolicy policy = OnlinePolicies.named(name);
                List<Double> decisions = new ArrayList<>();
                SimulationResult result = pair().with(options -> options.batchMicros(window))
                        .jobs(jobs.toString().trim())
                        .run(state -> {
                            decisions.add(state.now());
                            policy.decide(state);
                        });
                assertThat(result.completed()).as(name).isEqualTo(40);
                assertThat(decisions.size()).isGreaterThan(1);
                for (int i = 1; i < decisions.size(); i++) {
                    assertThat(decisions.get(i) - decisions.get(i - 1))
                            .as("%s, decision %d", name, i)
                            .isGreaterThan(window - 1e-6);
                }
            });
        }
    }

    @Test
    void aWindowOutOfRangeIsRefused() {
        assertThatThrownBy(() -> SimulationOptions.real().batchMicros(-1))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage("batch window (-1.0) must be 0.0 to 1.0E9");
    }
}
