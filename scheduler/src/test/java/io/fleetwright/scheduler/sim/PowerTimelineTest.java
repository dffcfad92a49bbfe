package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.BASE_WATTS;
import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Power caps and batteries. Memory and GPU draw 0.1674 W; a busy device of A 1 W, of B 2 W. */
class PowerTimelineTest {
    private static Scenario mixed() {
        return Scenario.on("A 2: a=10 b=6", "B 1: a=4 b=3")
                .watts(1, 2)
                .app("one", "a")
                .app("two", "b")
                .app("chain", "a b; a>b 0");
    }

    /**
     * Under a cap of 2.2 W: two of A run together (2.1674), one of B alone (2.1674). Under 3.2 W: one of each. Under 1.2 W: one of
     * A. A device is asked again whenever one ends, by number of the job.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            9   | one@0 one@0 one@0      | a=0 1a=1 2a=2      | 2a@2 0-4, 0a@0 0-10, 1a@1 0-10
            3.2 | one@0 one@0 one@0      | a=0 1a=1 2a=2      | 0a@0 0-10, 1a@1 0-10, 2a@2 10-14
            2.2 | one@0 one@0 one@0      | a=0 1a=1 2a=2      | 0a@0 0-10, 1a@1 0-10, 2a@2 10-14
            1.2 | one@0 one@0            | a=0 1a=1           | 0a@0 0-10, 1a@1 10-20
            1.2 | one@0 two@1            | a=0 b=1            | 0a@0 0-10, 1b@1 10-16
            2.2 | two@0 one@1 one@2      | b=2 1a=0 2a=1      | 0b@2 0-3, 1a@0 3-13, 2a@1 3-13
            2.2 | one@0 two@1 one@2      | 0a=0 b=2 2a=1      | 0a@0 0-10, 2a@1 2-12, 1b@2 12-15
            2.2 | one@0 two@1            | 0a=0 b=2           | 0a@0 0-10, 1b@2 10-13
            3.2 | one@0 two@1            | 0a=0 b=2           | 1b@2 1-4, 0a@0 0-10
            3.1 | one@0 two@1            | 0a=0 b=2           | 0a@0 0-10, 1b@2 10-13
            3.2 | one@0 one@0 two@1      | a=0 1a=1 b=2       | 0a@0 0-10, 1a@1 0-10, 2b@2 10-13
            2.2 | chain@0 one@1          | a=0 b=0 1a=2       | 0a@0 0-10, 0b@0 10-16, 1a@2 16-20
            2.2 | chain@0 one@1          | a=0 b=1 1a=2       | 0a@0 0-10, 0b@1 10-16, 1a@2 16-20
            """)
    void noTaskStartsThatWouldTakeThePowerAboveTheCap(double watts, String jobs, String places, String expected) {
        assertThat(mixed().with(options -> options.powerCapWatts(watts))
                        .jobs(jobs)
                        .timeline(fixed(places)))
                .isEqualTo(Scenario.list(expected));
    }

    /** Exactly the power of one device and the base is allowed; a hair below, it never could run. */
    @Test
    void theCapItselfIsAllowed() {
        double exact = BASE_WATTS + 1;
        assertThat(mixed().with(options -> options.powerCapWatts(exact))
                        .jobs("one@0")
                        .timeline(fixed("a=0")))
                .containsExactly("0a@0 0-10");
        assertThatThrownBy(() -> mixed().with(options -> options.powerCapWatts(exact - 1e-9))
                        .jobs("one@0")
                        .run(fixed("a=0")))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessageContaining("is below what one task on cluster 'A' takes");
    }

    @Test
    void aCapThatOneClusterCannotKeepIsSaidWhenItIsItsTurnAlone() {
        assertThatThrownBy(() -> mixed().with(options -> options.powerCapWatts(1.5))
                        .jobs("one@0 one@3")
                        .run(fixed("0a=0 1a=2")))
                .hasMessage("power cap (1.5 W) is below what one task on cluster 'B' takes (%s W)"
                        .formatted(BASE_WATTS + 2));
    }

    /** The power of the second device of a cluster is what is measured for two less what is for one: 1 + 0.5. */
    @ParameterizedTest
    @CsvSource({"1.7, 10", "1.6, 20"})
    void aCapKnowsWhatTwoOfAClusterTakeTogether(double watts, double end) {
        assertThat(mixed().watts(0, 1, 1.5)
                        .with(options -> options.powerCapWatts(watts))
                        .jobs("one@0 one@0")
                        .run(fixed("a=0 1a=1"))
                        .endMicros())
                .isEqualTo(end);
    }

    /** At no time of any run is the sum of what runs above the cap, though as much as fits does run. */
    @Test
    void thePowerOfWhatRunsTogetherStaysBelowTheCap() {
        SeededCases.forEach(1, 60, (random, _) -> {
            double cap = 2.2 + 2.5 * random.nextDouble();
            Scenario scenario = mixed().with(options -> options.powerCapWatts(cap));
            StringBuilder places = new StringBuilder("a=0");
            for (int job = 0; job < 8; job++) {
                scenario.jobs("one@" + 2.5 * job);
                places.append(" %da=%d".formatted(job, random.nextInt(3)));
            }
            List<ScheduleEntry> runs = scenario.run(fixed(places.toString())).schedule();
            assertThat(runs).hasSize(8);
            for (ScheduleEntry at : runs) {
                double watts = runs.stream()
                        .filter(run -> run.startMicros() <= at.startMicros() && at.startMicros() < run.finishMicros())
                        .mapToDouble(run -> run.device() == 2 ? 2 : 1)
                        .sum();
                assertThat(BASE_WATTS + watts).isLessThanOrEqualTo(cap);
            }
        });
    }

    /**
     * Batteries of devices 0, 1, 2 in microjoules, inf for none; A takes 1 W, B 2 W. Tasks of 10 us on A need 10, of 4 us on B 8.
     *
     * <ul>
     *   <li>25: two whole tasks and 5 us of the third, which goes to no other device.
     *   <li>10: exactly one; the next one finds it empty as it begins.
     *   <li>a device that idles keeps what it has: 15 at 50 are still 15.
     *   <li>0: it is gone with its first task.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            25 inf inf | one@0 one@0 one@0  | a=0       | 0a@0 0-10, 1a@0 10-20, 2a@0 20-25!
            10 inf inf | one@0              | a=0       | 0a@0 0-10
            10 inf inf | one@0 one@0        | a=0       | 0a@0 0-10, 1a@0 10-10!
            9  inf inf | one@0 one@0        | a=0       | 0a@0 0-9!
            15 inf inf | one@0 one@50       | a=0       | 0a@0 0-10, 1a@0 50-55!
            0  inf inf | one@0              | a=0       | 0a@0 0-0!
            inf 5 inf  | one@0 one@0        | a=0 1a=1  | 1a@1 0-5!, 0a@0 0-10
            inf inf 8  | one@0              | a=2       | 0a@2 0-4
            inf inf 7  | one@0              | a=2       | 0a@2 0-3.5!
            inf inf 14 | one@0 two@9        | a=2 b=2   | 0a@2 0-4, 1b@2 9-12
            inf inf 13 | one@0 two@9        | a=2 b=2   | 0a@2 0-4, 1b@2 9-11.5!
            16 inf inf | chain@0            | a=0 b=0   | 0a@0 0-10, 0b@0 10-16
            15 inf inf | chain@0            | a=0 b=0   | 0a@0 0-10, 0b@0 10-15!
            """)
    void aDeviceGoesWhenItsBatteryIsEmpty(String joules, String jobs, String places, String expected) {
        assertThat(mixed().with(options -> options.batteryJoules(batteries(joules)))
                        .jobs(jobs)
                        .timeline(fixed(places)))
                .isEqualTo(Scenario.list(expected));
    }

    private static double[] batteries(String text) {
        return Arrays.stream(text.trim().split(" +"))
                .mapToDouble(part -> part.equals("inf") ? Double.POSITIVE_INFINITY : 1e-6 * Double.parseDouble(part))
                .toArray();
    }

    /** The task that was cut off at 5 runs on the other device from then on. */
    @Test
    void whatAnEmptyBatteryCutsOffRunsElsewhere() {
        OnlinePolicy policy = state -> {
            for (int i = 0; i < state.readyCount(); i++) {
                state.place(state.readyTask(i), state.isOnline(0) ? 0 : 1, 0);
            }
        };
        assertThat(mixed().with(options -> options.batteryJoules(batteries("5 inf inf")))
                        .jobs("one@0 one@2")
                        .timeline(policy))
                .containsExactly("0a@0 0-5!", "0a@1 5-15", "1a@1 15-25");
    }

    /** Once empty it stays away, whatever outage ends: 5 us of 5 uJ, an outage from 7 to 9. */
    @Test
    void anOutageThatEndsDoesNotFillABattery() {
        SimulationResult result = mixed().with(
                        options -> options.batteryJoules(batteries("5 inf inf")).outages(List.of(new Outage(0, 7, 9))))
                .jobs("one@0")
                .run(fixed("a=0"));
        assertThat(result.completed()).isZero();
        assertThat(result.unfinished()).isOne();
    }

    /** Cut off at 4 with 4 of 12 uJ used; back at 7; 8 are left, for 8 us. */
    @Test
    void anOutageStopsTheDrain() {
        assertThat(mixed().with(options ->
                                options.batteryJoules(batteries("12 inf inf")).outages(List.of(new Outage(0, 4, 7))))
                        .jobs("one@0")
                        .timeline(fixed("a=0")))
                .containsExactly("0a@0 0-4!", "0a@0 7-15!");
    }

    /** Half the clock at the same voltage takes half the power: 6 uJ last 12 us, 3 less 12 of the 20 that the task takes. */
    @Test
    void aSlowClockMakesABatteryLastLonger() {
        Scenario scenario = Scenario.on("A 1: a=10")
                .points(0, 500, 1, 1000, 1)
                .app("one", "a")
                .with(options -> options.batteryJoules(6e-6).governor(SimulationOptions.Governor.POWERSAVE))
                .jobs("one@0");
        assertThat(scenario.timeline(fixed("a=0"))).containsExactly("0a@0 0-12!");
    }

    /** Big cores leak while they idle: 4 of them 0.0536 W at 42 degrees, a quarter of it each, 1.34 uJ in 100 us. */
    @Test
    void idleLeakageDrainsABatteryToo() {
        Scenario big = Scenario.on("A 1: a=10")
                .type(0, "BIG")
                .app("one", "a")
                .with(options -> options.batteryJoules(10.5e-6))
                .jobs("one@100");
        // 10.5 - 1.34 = 9.16 uJ last 9.16 us at 1 W, leakage included.
        ScheduleEntry run = big.run(fixed("a=0")).schedule().getFirst();
        assertThat(run.completed()).isFalse();
        assertThat(run.finishMicros()).isCloseTo(109.16, within(0.01));
    }

    /** All that a device used by its end is what its battery had: power times the time it ran. */
    @Test
    void aBatteryGivesExactlyWhatItHas() {
        SeededCases.forEach(1, 60, (random, _) -> {
            double joules = 1e-6 * (5 + 80 * random.nextDouble());
            SimulationResult result = mixed().with(options ->
                            options.batteryJoules(joules, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY))
                    .jobs("one", 10, 7 + 5 * random.nextDouble())
                    .run(fixed("a=0"));
            double busy = result.schedule().stream()
                    .mapToDouble(run -> run.finishMicros() - run.startMicros())
                    .sum();
            assertThat(busy).isCloseTo(joules * 1e6, within(1e-6));
            assertThat(result.schedule().getLast().completed()).isFalse();
        });
    }
}
