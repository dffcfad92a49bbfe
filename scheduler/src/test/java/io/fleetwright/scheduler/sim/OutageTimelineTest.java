package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Devices that go and come: what runs there is cut off and begins anew, what waits there is placed again. */
class OutageTimelineTest {
    private static Scenario pair() {
        return Scenario.on("A 2: a=10 b=6")
                .app("one", "a")
                .app("chain", "a b; a>b 5")
                .app("pair", "a b");
    }

    private static List<Outage> outages(String text) {
        List<Outage> outages = new ArrayList<>();
        for (String part : Scenario.list(text)) {
            double[] values = Arrays.stream(part.split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            outages.add(
                    new Outage((int) values[0], values[1], values.length > 2 ? values[2] : Double.POSITIVE_INFINITY));
        }
        return outages;
    }

    /**
     * An outage is device, from, until. A run of a takes 10 us and starts over when it is cut off.
     *
     * <ul>
     *   <li>cut off at 4, back at 7: 7 to 17. At the very beginning: nothing has run.
     *   <li>away before and after the run, or on the other device: nothing changes.
     *   <li>twice cut off: at 4 and, begun at 5, at 12; then 13 to 23.
     *   <li>of a chain only what has not ended runs again; the data of a stays where it was made.
     *   <li>what waits behind a task goes on waiting: the job that was cut off comes first again.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 4 7           | one@0         | a=0         | 0a@0 0-4!, 0a@0 7-17
            0 0 7           | one@0         | a=0         | 0a@0 7-17
            1 4 7           | one@0         | a=0         | 0a@0 0-10
            0 20 30         | one@0         | a=0         | 0a@0 0-10
            0 1 3           | one@5         | a=0         | 0a@0 5-15
            0 4 5, 0 12 13  | one@0         | a=0         | 0a@0 0-4!, 0a@0 5-12!, 0a@0 13-23
            0 12 14         | chain@0       | a=0 b=0     | 0a@0 0-10, 0b@0 10-12!, 0b@0 14-20
            0 12 14         | chain@0       | a=0 b=1     | 0a@0 0-10, 0b@1 15-21
            1 12 14         | chain@0       | a=0 b=1     | 0a@0 0-10, 0b@1 15-21
            1 12 18         | chain@0       | a=0 b=1     | 0a@0 0-10, 0b@1 18-24
            1 5 40          | chain@0       | a=0 b=1     | 0a@0 0-10, 0b@1 40-46
            1 17 18         | chain@0       | a=0 b=1     | 0a@0 0-10, 0b@1 15-17!, 0b@1 18-24
            0 4 7           | one@0 one@1   | a=0         | 0a@0 0-4!, 0a@0 7-17, 1a@0 17-27
            0 4 7           | one@0 one@5   | a=0         | 0a@0 0-4!, 0a@0 7-17, 1a@0 17-27
            0 4 7           | one@0 one@5   | a=0 1a=1    | 0a@0 0-4!, 1a@1 5-15, 0a@0 7-17
            0 4 7           | pair@0        | a=0 b=0     | 0a@0 0-4!, 0a@0 7-17, 0b@0 17-23
            0 12 14         | pair@0        | a=0 b=0     | 0a@0 0-10, 0b@0 10-12!, 0b@0 14-20
            0 4 7, 1 5 9    | pair@0        | a=0 b=1     | 0a@0 0-4!, 0b@1 0-5!, 0b@1 9-15, 0a@0 7-17
            """)
    void whatIsCutOffBeginsAnew(String away, String jobs, String places, String expected) {
        assertThat(pair().with(options -> options.outages(outages(away)))
                        .jobs(jobs)
                        .timeline(fixed(places)))
                .isEqualTo(Scenario.list(expected));
    }

    /** A device is away while any of its outages lasts, in whatever order they are named. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 2 10, 0 5 20         | 0a@0 0-2!, 0a@0 20-30
            0 5 20, 0 2 10         | 0a@0 0-2!, 0a@0 20-30
            0 2 30, 0 5 8          | 0a@0 0-2!, 0a@0 30-40
            0 2 10, 0 10 20        | 0a@0 0-2!, 0a@0 20-30
            0 10 20, 0 2 10        | 0a@0 0-2!, 0a@0 20-30
            0 2 10, 0 2 10         | 0a@0 0-2!, 0a@0 10-20
            0 2 6, 0 4 9, 0 8 12   | 0a@0 0-2!, 0a@0 12-22
            0 2 6, 0 7 9           | 0a@0 0-2!, 0a@0 6-7!, 0a@0 9-19
            """)
    void overlappingOutagesLastUntilTheLastEnds(String away, String expected) {
        assertThat(pair().with(options -> options.outages(outages(away)))
                        .jobs("one@0")
                        .timeline(fixed("a=0")))
                .isEqualTo(Scenario.list(expected));
    }

    @Test
    void overlappingOutagesThatOneOfNeverEndsKeepTheDeviceAway() {
        SimulationResult result = pair().with(options -> options.outages(outages("0 2, 0 3 9")))
                .jobs("one@0")
                .run(fixed("a=0"));
        assertThat(result.completed()).isZero();
        assertThat(result.unfinished()).isOne();
    }

    /** Any union of outages: a run that is cut off or completed never meets the time in which its device is away. */
    @Test
    void nothingRunsWhileAnyOutageLasts() {
        SeededCases.forEach(1, 80, (random, _) -> {
            List<Outage> away = new ArrayList<>();
            for (int i = random.nextInt(1, 7); i > 0; i--) {
                double from = random.nextInt(40);
                away.add(new Outage(random.nextInt(2), from, from + 1 + random.nextInt(20)));
            }
            SimulationResult result = pair().with(options -> options.outages(away))
                    .jobs("pair@0 one@3 chain@9 one@20")
                    .run(fixed("a=0 b=1"));
            assertThat(result.completed()).isEqualTo(4);
            for (ScheduleEntry entry : result.schedule()) {
                assertThat(away)
                        .noneMatch(outage -> outage.device() == entry.device()
                                && entry.startMicros() < outage.untilMicros()
                                && entry.finishMicros() > outage.fromMicros());
            }
        });
    }

    /** Placed tasks come back to the ready ones in the order of the queue, after what was cut off. */
    @Test
    void theReadyOrderAfterALossIsTheRunningOneAndThenTheQueue() {
        List<String> offered = new ArrayList<>();
        OnlinePolicy policy = state -> {
            if (state.now() == 4) {
                for (int i = 0; i < state.readyCount(); i++) {
                    int task = state.readyTask(i);
                    offered.add(state.jobNumber(state.slotOf(task)) + Scenario.name(state, task));
                }
            }
            fixed("a=0 b=0").decide(state);
        };
        pair().with(options -> options.outages(outages("0 4 9")))
                .jobs("pair@0 pair@1 one@2")
                .run(policy);
        assertThat(offered).containsExactly("0a", "0b", "1a", "1b", "2a");
    }

    /** The estimate of a device that went says nothing: it is free from when it comes back. */
    @Test
    void theEstimateIsForgottenWithTheDevice() {
        List<Double> free = new ArrayList<>();
        OnlinePolicy policy = state -> {
            free.add(state.estimatedFree(0));
            for (int i = 0; i < state.readyCount(); i++) {
                if (state.isOnline(0)) {
                    state.place(state.readyTask(i), 0, 99);
                }
            }
        };
        pair().with(options -> options.outages(outages("0 4 9"))).jobs("one@0").run(policy);
        assertThat(free).containsExactly(0.0, 4.0, 9.0);
    }

    /** Each of 101 outages cuts the task off; a hundred are forgiven. */
    @ParameterizedTest
    @CsvSource({"100, 1, 0", "101, 0, 1", "150, 0, 1"})
    void aJobThatIsCutOffTooOftenIsGivenUp(int count, int completed, int abandoned) {
        List<Outage> away = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            away.add(new Outage(0, 10 * i + 5, 10 * i + 6));
        }
        SimulationResult result =
                pair().with(options -> options.outages(away)).jobs("one@0").run(fixed("a=0"));
        assertThat(result.completed()).isEqualTo(completed);
        assertThat(result.abandoned()).isEqualTo(abandoned);
        assertThat(result.missed()).isEqualTo(abandoned);
        assertThat(result.taskRuns()).isEqualTo(Math.min(count, Simulator.RETRIES_MAX + 1) + completed);
    }

    /** The other tasks of the job that is given up go too, and the next job has the device. */
    @Test
    void whatElseAJobHasGoesWithIt() {
        List<Outage> away = new ArrayList<>();
        for (int i = 0; i < 101; i++) {
            away.add(new Outage(0, 2 * i + 1, 2 * i + 2));
        }
        Scenario scenario = Scenario.on("A 1: a=10", "B 1: b=1000")
                .app("pair", "a b")
                .app("other", "b")
                .with(options -> options.outages(away))
                .jobs("pair@0 other@3");
        assertThat(scenario.timeline(fixed("a=0 b=1"))).endsWith("0b@1 0-201!", "1b@1 201-1201");
    }

    /** A device that is away draws nothing, not even leakage; one that is cut off stops drawing. */
    @Test
    void aLostDeviceTakesNoPower() {
        SimulationResult result = pair().with(options -> options.outages(outages("0 4 7")))
                .jobs("one@0")
                .run(fixed("a=0"));
        // 1 W for 4 us and for 10 us, and the base for 17 us.
        assertThat(result.joules() * 1e6)
                .isCloseTo(14 + 17 * Scenario.BASE_WATTS, org.assertj.core.api.Assertions.within(1e-9));
    }

    /** Device time that was for nothing counts for the application that had it: 4 us and then 10. */
    @Test
    void timeThatWasCutOffCounts() {
        Scenario scenario = pair().with(options -> options.outages(outages("0 4 7")));
        Workload workload = scenario.workload();
        SimulationResult result = scenario.with(options -> options.tenants(new Tenants(workload, java.util.Map.of())))
                .jobs("one@0")
                .run(fixed("a=0"));
        assertThat(result.tenants().getFirst().deviceMicros()).isEqualTo(14);
    }

    /** Under ticks as in real time. */
    @Test
    void tickingTimeKnowsOutagesToo() {
        assertThat(Scenario.ticking("A 1: a=10")
                        .app("one", "a")
                        .with(options -> options.outages(outages("0 4 7")))
                        .jobs("one@0 one@5")
                        .timeline(fixed("a=0")))
                .containsExactly("0a@0 0-4!", "0a@0 7-17", "1a@0 17-27");
    }
}
