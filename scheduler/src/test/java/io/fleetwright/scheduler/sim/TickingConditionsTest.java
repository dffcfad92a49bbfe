package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions under DS3's ticks, where the scheduler runs once a microsecond and data takes whole ones. */
class TickingConditionsTest {
    private static Scenario three() {
        return Scenario.ticking("A 3: a=10 b=6", "B 1: a=10 b=6")
                .bandwidth(0, 1, 2)
                .app("one", "a")
                .app("chain", "a b; a>b 5");
    }

    /**
     * Of jobs at one moment the first is seen at once, the others a tick later, and so is a job that comes a tick after such a one;
     * then all is as before.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            one@0 one@1             | 0a@0 0-10, 1a@1 1-11
            one@0 one@0             | 0a@0 0-10, 1a@1 1-11
            one@0 one@0 one@0       | 0a@0 0-10, 1a@1 1-11, 2a@2 1-11
            one@0 one@0 one@1       | 0a@0 0-10, 1a@1 1-11, 2a@2 2-12
            one@0 one@0 one@2       | 0a@0 0-10, 1a@1 1-11, 2a@2 2-12
            one@0 one@0 one@3       | 0a@0 0-10, 1a@1 1-11, 2a@2 3-13
            one@0.2 one@0.9         | 0a@0 1-11, 1a@1 2-12
            one@0.2 one@1           | 0a@0 1-11, 1a@1 2-12
            one@0.2 one@1.1         | 0a@0 1-11, 1a@1 2-12
            """)
    void jobsThatComeTogetherAreSeenATickLater(String jobs, String expected) {
        assertThat(three().jobs(jobs).timeline(fixed("0a=0 1a=1 2a=2"))).isEqualTo(Scenario.list(expected));
    }

    /** 5 units at 2 per us take floor(2.5) = 2; times 1.3 is 2.6, so at 13; times 2 is 4; times 0.4 is 0.8, so at 11. */
    @ParameterizedTest
    @CsvSource({"1, 12", "1.3, 13", "2, 14", "0.4, 11", "0.5, 11", "10, 30"})
    void aChangedLinkTakesWholeTicksToo(double factor, double start) {
        SimulationResult result = three().with(options -> options.linkChanges(List.of(new LinkChange(3, 0, 1, factor))))
                .jobs("chain@0")
                .run(fixed("a=0 b=3"));
        assertThat(result.schedule().getLast().startMicros()).isEqualTo(start);
    }

    /** Jobs 0 and 1 end at 10 and 11; the link is busy from 10 to 12 and from 12 to 14. */
    @Test
    void aContendedLinkServesOneAtATime() {
        assertThat(three().with(options -> options.linkContention(true))
                        .jobs("chain@0 chain@1")
                        .timeline(fixed("0a=0 1a=1 b=3")))
                .containsExactly("0a@0 0-10", "1a@1 1-11", "0b@3 12-18", "1b@3 18-24");
    }

    /** A decision of 0.4 us holds at the next tick, two tasks at once take 0.8; 1.2 us takes two ticks. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0.4 | chain@0     | a=0 b=0  | 0a@0 1-11, 0b@0 12-18
            1.2 | chain@0     | a=0 b=0  | 0a@0 2-12, 0b@0 14-20
            1.2 | chain@0     | a=0 b=3  | 0a@0 2-12, 0b@3 14-20
            2.2 | chain@0     | a=0 b=3  | 0a@0 3-13, 0b@3 16-22
            """)
    void aSlowDecisionHoldsAtATick(double micros, String jobs, String places, String expected) {
        assertThat(three().with(options -> options.decisionMicros(micros))
                        .jobs(jobs)
                        .timeline(fixed(places)))
                .isEqualTo(Scenario.list(expected));
    }

    /** Behind one of 10 us: by 14 cut off, by 20 done at its deadline. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            14 | 0a@0 0-10, 1a@0 10-16!
            17 | 0a@0 0-10, 1a@0 10-19!
            18 | 0a@0 0-10, 1a@0 10-20
            9  | 0a@0 0-9!, 1a@0 9-11!
            """)
    void anEnforcedDeadlineEndsTheJob(double deadline, String expected) {
        assertThat(three().with(options -> options.deadlineMicros(Deadline.ENFORCED, deadline, 1e6))
                        .jobs("one@0 one@2")
                        .timeline(fixed("a=0")))
                .isEqualTo(Scenario.list(expected));
    }

    /** One device of 1 W at a time below 1.5 W; 12 uJ for one task and 2 us of the next; room for one job. */
    @Test
    void capsBatteriesAndFullQueuesAreAsInRealTime() {
        assertThat(three().with(options -> options.powerCapWatts(1.5))
                        .jobs("one@0 one@1")
                        .timeline(fixed("0a=0 1a=1")))
                .containsExactly("0a@0 0-10", "1a@1 10-20");
        assertThat(three().with(options -> options.batteryJoules(12e-6, 1, 1, 1))
                        .jobs("one@0 one@1")
                        .timeline(fixed("a=0")))
                .containsExactly("0a@0 0-10", "1a@0 10-12!");
        assertThat(three().with(options -> options.queueCap(1))
                        .jobs("one@0 one@1")
                        .timeline(fixed("0a=0 1a=1")))
                .containsExactly("0a@0 0-10", "1a@1 10-20");
    }
}
