package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SimulationOptions.Governor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two conditions at a time. A task a takes 10 us, b 6, data 5; clocks are full and half; a busy device takes 1 W at full. */
class ConditionPairsTest {
    private static final double NEVER = Double.POSITIVE_INFINITY;

    private static Scenario pair() {
        return Scenario.on("A 1: a=10 b=6 tick=0", "B 1: a=10 b=6 tick=0", "C 1: tick=0")
                .points(0, 500, 1, 1000, 1)
                .app("one", "a")
                .app("chain", "a b; a>b 5")
                .app("tick", "tick");
    }

    /** Lost at 4 and back at 7, job 0 is given up at 15 with 8 of 10 us done; job 1 has a microsecond until its own deadline. */
    @Test
    void anOutageCostsTheTimeThatADeadlineDoesNotWaitFor() {
        Scenario scenario = pair().with(options -> options.outages(List.of(new Outage(0, 4, 7)))
                        .deadlineMicros(Deadline.ENFORCED, 15, NEVER, NEVER))
                .jobs("one@0 one@1");
        assertThat(scenario.timeline(fixed("a=0"))).containsExactly("0a@0 0-4!", "0a@0 7-15!", "1a@0 15-16!");
    }

    /** A job that is given up while its device is away does not come back with it. */
    @Test
    void aJobGivenUpDuringAnOutageIsGone() {
        Scenario scenario = pair().with(options -> options.outages(List.of(new Outage(0, 4, 20)))
                        .deadlineMicros(Deadline.ENFORCED, 15, NEVER, NEVER))
                .jobs("one@0 one@16");
        assertThat(scenario.timeline(fixed("a=0"))).containsExactly("0a@0 0-4!", "1a@0 20-30");
    }

    /** The transfer began at 10 for device 1, which goes at 12 and comes at 13: the data has to come again, from 13, over a busy link. */
    @Test
    void dataForADeviceThatWasLostIsSentAgain() {
        Scenario once = pair().with(options -> options.outages(List.of(new Outage(1, 12, 13))))
                .jobs("chain@0");
        assertThat(once.timeline(fixed("a=0 b=1"))).endsWith("0b@1 15-21");
        Scenario contended = pair().with(options ->
                        options.outages(List.of(new Outage(1, 12, 13))).linkContention(true))
                .jobs("chain@0");
        // The first transfer has the link from 10 to 15, the second from 15 to 20.
        assertThat(contended.timeline(fixed("a=0 b=1"))).endsWith("0b@1 20-26");
    }

    /** Placed at 10 over a link of 5 us; at 12, when the device goes, the link is three times as slow: placed again at 13, 10 + 15. */
    @Test
    void dataThatIsSentAgainTakesTheChangedLink() {
        Scenario scenario = pair().with(options -> options.outages(List.of(new Outage(1, 12, 13)))
                        .linkChanges(List.of(new LinkChange(11, 0, 1, 3))))
                .jobs("chain@0");
        assertThat(scenario.timeline(fixed("a=0 b=1"))).endsWith("0b@1 25-31");
    }

    /** At half the clock: 20 us. Lost at 4 and back at 7, it begins at the clock of then, full since 6: 7 to 17. */
    @ParameterizedTest
    @CsvSource({"6, 17", "8, 17.5", "17, 22", "26, 26.5"})
    void aRunThatBeginsAnewTakesTheClockOfThen(double raised, double finish) {
        // Raised at 8, one us at half has done 0.5, 9.5 are left: 17.5. At 17, 5 are done: 22. At 26, 9.5: 26.5.
        Scenario scenario = pair().with(
                        options -> options.outages(List.of(new Outage(0, 4, 7))).governor(Governor.POWERSAVE))
                .jobs("one@0 tick@" + raised);
        assertThat(lastOf(scenario.run(fixed("a=0 tick=2", raised + "=1")), 0).finishMicros())
                .isCloseTo(finish, within(1e-9));
    }

    private static ScheduleEntry lastOf(SimulationResult result, int app) {
        return result.schedule().stream()
                .filter(entry -> entry.app() == app)
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    /** Half the clock at 4: 1 W for 4 us and 0.5 W for 12. Batteries of 10.5 are enough, of 9 go at 4 + 10 us, of 3 at 3. */
    @ParameterizedTest
    @CsvSource({"10.5, 16, true", "9, 14, false", "4.5, 5, false", "3, 3, false"})
    void aBatteryFeelsTheClock(double microjoules, double finish, boolean completed) {
        Scenario scenario = pair().with(options -> options.batteryJoules(1e-6 * microjoules, NEVER, NEVER))
                .jobs("one@0 tick@4");
        ScheduleEntry run = lastOf(scenario.run(fixed("a=0 tick=2", "4=0")), 0);
        assertThat(run.finishMicros()).isCloseTo(finish, within(1e-9));
        assertThat(run.completed()).isEqualTo(completed);
    }

    /** Under a cap of 1.7 W one device at full and one at half fit (1.6674), two at full do not. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PERFORMANCE | 0a@0 0-10, 1a@1 10-20
            POWERSAVE   | 1a@1 0-10, 0a@0 0-20
            """)
    void aSlowClockLeavesRoomUnderACap(Governor governor, String expected) {
        assertThat(pair().with(options -> options.powerCapWatts(1.7).governor(governor))
                        .jobs("one@0 one@0")
                        .timeline(fixed("0a=0 1a=1")))
                .isEqualTo(Scenario.list(expected));
    }

    /** A task that a cap holds back is tried again when an outage cuts off what ran: at 4. */
    @Test
    void whatIsCutOffLeavesItsPowerToOthers() {
        assertThat(pair().with(options -> options.powerCapWatts(1.5).outages(List.of(new Outage(0, 4, 30))))
                        .jobs("one@0 one@1")
                        .timeline(fixed("0a=0 1a=1")))
                .containsExactly("0a@0 0-4!", "1a@1 4-14", "0a@0 30-40");
    }

    /** Held back until its deadline at 9, it never runs. */
    @Test
    void aTaskHeldBackByACapMayMissItsDeadline() {
        Scenario scenario = pair().with(
                        options -> options.powerCapWatts(1.5).deadlineMicros(Deadline.ENFORCED, 10, NEVER, NEVER))
                .jobs("one@0 one@1");
        assertThat(scenario.timeline(fixed("0a=0 1a=1"))).containsExactly("0a@0 0-10", "1a@1 10-11!");
    }

    /** Room for one job: given up at 8, it makes room for the next, whose own 8 us count from then. */
    @Test
    void aJobThatIsGivenUpMakesRoomInTheQueue() {
        Scenario scenario = pair().with(
                        options -> options.queueCap(1).deadlineMicros(Deadline.ENFORCED, 8, NEVER, NEVER))
                .jobs("one@0 one@1");
        assertThat(scenario.timeline(fixed("a=0"))).containsExactly("0a@0 0-8!", "1a@0 8-16!");
        assertThat(scenario.run(fixed("a=0")).abandoned()).isEqualTo(2);
    }

    /** A decision takes 2 us; a transfer that is there at 15 is not put off by it, one within a device is. */
    @ParameterizedTest
    @CsvSource({"0, 14, 20", "1, 17, 23"})
    void aSlowDecisionAndATransferGoOnTogether(int to, double start, double finish) {
        Scenario scenario = pair().with(options -> options.decisionMicros(2)).jobs("chain@0");
        ScheduleEntry b = scenario.run(fixed("a=0 b=" + to)).schedule().getLast();
        assertThat(b.startMicros()).isEqualTo(start);
        assertThat(b.finishMicros()).isEqualTo(finish);
    }

    /** What a decision of 3 us sent to a device that goes within it runs when it is back, after another decision. */
    @Test
    void aDeviceThatGoesWhileADecisionIsMadeIsDecidedAboutAgain() {
        assertThat(pair().with(options -> options.decisionMicros(3).outages(List.of(new Outage(0, 1, 2))))
                        .jobs("one@0")
                        .timeline(fixed("a=0")))
                .containsExactly("0a@0 5-15");
    }

    /** Energy with an outage, a clock and a deadline: 1 W for 4 us, nothing for 3, 0.5 W for 8 until it is given up at 15. */
    @Test
    void energyCountsWhatWasInVain() {
        SimulationResult result = pair().with(options -> options.outages(List.of(new Outage(0, 4, 7)))
                        .deadlineMicros(Deadline.ENFORCED, 15, NEVER, NEVER))
                .jobs("one@0 tick@5")
                .run(fixed("a=0 tick=2", "5=0"));
        assertThat(result.joules() * 1e6).isCloseTo(4 + 0.5 * 8 + 15 * Scenario.BASE_WATTS, within(1e-9));
        assertThat(result.taskRuns()).isEqualTo(3);
    }

    /** Noise makes runs uneven; under a cap for one device still no two overlap. */
    @Test
    void noiseDoesNotLoosenACap() {
        SimulationResult result = pair().with(
                        options -> options.executionNoise(0.4).seed(3).powerCapWatts(1.5))
                .jobs("one", 40, 4)
                .run(state -> {
                    for (int i = 0; i < state.readyCount(); i++) {
                        int task = state.readyTask(i);
                        state.place(task, state.slotOf(task) % 2, 0);
                    }
                });
        List<ScheduleEntry> runs = new ArrayList<>(result.schedule());
        assertThat(runs).hasSize(40);
        for (int i = 1; i < runs.size(); i++) {
            assertThat(runs.get(i).startMicros())
                    .isGreaterThanOrEqualTo(runs.get(i - 1).finishMicros());
        }
    }

    /** The noise of a run is drawn once as it begins: changing the clock there and back leaves its length. */
    @Test
    void noiseIsStretchedByAClockLikeTheRun() {
        double plain = noisy("one@0", "0=1");
        double half = noisy("one@0 tick@4", "4=0");
        // What is left at 4 takes twice as long.
        assertThat(half).isCloseTo(4 + 2 * (plain - 4), within(1e-9));
        assertThat(plain).isNotCloseTo(10, within(0.01));
    }

    private static double noisy(String jobs, String clocks) {
        return lastOf(
                        pair().with(options -> options.executionNoise(0.3).seed(5))
                                .jobs(jobs)
                                .run(fixed("a=0 tick=2", clocks)),
                        0)
                .finishMicros();
    }

    /** The horizon cuts a job that waits for a device as it cuts one that runs. */
    @ParameterizedTest
    @CsvSource({"5, 0, 2", "12, 1, 1", "40, 2, 0"})
    void theHorizonDoesNotWaitForAnOutage(double horizon, int completed, int unfinished) {
        SimulationResult result = pair().with(
                        options -> options.horizonMicros(horizon).outages(List.of(new Outage(1, 0, 20))))
                .jobs("one@0 one@0")
                .run(fixed("0a=0 1a=1"));
        assertThat(result.completed()).isEqualTo(completed);
        assertThat(result.unfinished()).isEqualTo(unfinished);
    }
}
