package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What runs when, where nothing goes wrong: order on a device, inputs, arrivals. Times are worked out beside each case. */
class ExecutionTimelineTest {
    private static Scenario pair() {
        return Scenario.on("A 2: a=10 b=6 c=3 d=4")
                .app("one", "a")
                .app("chain", "a b; a>b 5")
                .app("fork", "a b c; a>b 2; a>c 4")
                .app("join", "a b c; a>c 1; b>c 8")
                .app("diamond", "a b c d; a>b 0; a>c 0; b>d 2; c>d 7");
    }

    /**
     * Tasks take a=10, b=6, c=3, d=4; data takes its volume between devices and nothing within one.
     *
     * <ul>
     *   <li>chain on two devices: 10 + 5 of transfer, then 6.
     *   <li>fork: b after 10 + 2, c after 10 + 4 on the other device; on one device b and then c, at once.
     *   <li>join: a to 10 and b to 6 on two devices; on a's device c waits for b's data until 6 + 8 = 14, on b's for a's until
     *       11; with a and b one after the other, b ends at 16.
     *   <li>diamond: b 10-16 and c 10-13 on two devices; on b's device d waits for c's data until 13 + 7 = 20.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            one@0              | a=0             | 0a@0 0-10
            one@2.5            | a=1             | 0a@1 2.5-12.5
            one@0 one@0        | a=0             | 0a@0 0-10, 1a@0 10-20
            one@0 one@0        | a=0 1a=1        | 0a@0 0-10, 1a@1 0-10
            one@0 one@4        | a=0             | 0a@0 0-10, 1a@0 10-20
            one@0 one@15       | a=0             | 0a@0 0-10, 1a@0 15-25
            one@0 one@10       | a=0             | 0a@0 0-10, 1a@0 10-20
            chain@0            | a=0 b=0         | 0a@0 0-10, 0b@0 10-16
            chain@0            | a=0 b=1         | 0a@0 0-10, 0b@1 15-21
            chain@0            | a=1 b=0         | 0a@1 0-10, 0b@0 15-21
            fork@0             | a=0 b=0 c=0     | 0a@0 0-10, 0b@0 10-16, 0c@0 16-19
            fork@0             | a=0 b=1 c=1     | 0a@0 0-10, 0b@1 12-18, 0c@1 18-21
            fork@0             | a=0 b=0 c=1     | 0a@0 0-10, 0b@0 10-16, 0c@1 14-17
            fork@0             | a=0 b=1 c=0     | 0a@0 0-10, 0c@0 10-13, 0b@1 12-18
            join@0             | a=0 b=1 c=0     | 0b@1 0-6, 0a@0 0-10, 0c@0 14-17
            join@0             | a=0 b=1 c=1     | 0b@1 0-6, 0a@0 0-10, 0c@1 11-14
            join@0             | a=0 b=0 c=0     | 0a@0 0-10, 0b@0 10-16, 0c@0 16-19
            join@0             | a=0 b=0 c=1     | 0a@0 0-10, 0b@0 10-16, 0c@1 24-27
            diamond@0          | a=0 b=0 c=1 d=0 | 0a@0 0-10, 0c@1 10-13, 0b@0 10-16, 0d@0 20-24
            diamond@0          | a=0 b=0 c=1 d=1 | 0a@0 0-10, 0c@1 10-13, 0b@0 10-16, 0d@1 18-22
            diamond@0          | a=0 b=0 c=0 d=1 | 0a@0 0-10, 0b@0 10-16, 0c@0 16-19, 0d@1 26-30
            diamond@0          | a=0 b=0 c=0 d=0 | 0a@0 0-10, 0b@0 10-16, 0c@0 16-19, 0d@0 19-23
            """)
    void tasksRunWhenTheirInputsAndTheirDeviceAreThere(String jobs, String places, String expected) {
        assertThat(pair().jobs(jobs).timeline(fixed(places))).isEqualTo(Scenario.list(expected));
    }

    /**
     * A device takes the oldest job whose data is there, and nothing that runs is put off for it. Job 0's b becomes ready at
     * 10; a task of a later job that began before is finished first.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            chain@0 one@1         | a=0 b=0     | 0a@0 0-10, 0b@0 10-16, 1a@0 16-26
            chain@0 one@1         | a=0 b=1     | 0a@0 0-10, 0b@1 15-21, 1a@0 10-20
            chain@0 one@1 one@2   | a=0 b=0     | 0a@0 0-10, 0b@0 10-16, 1a@0 16-26, 2a@0 26-36
            chain@0 one@1         | a=0 1a=1 b=1| 0a@0 0-10, 1a@1 1-11, 0b@1 15-21
            chain@0 one@6         | a=0 1a=1 b=1| 0a@0 0-10, 1a@1 6-16, 0b@1 16-22
            chain@0 one@14        | a=0 1a=1 b=1| 0a@0 0-10, 1a@1 14-24, 0b@1 24-30
            chain@0 one@15        | a=0 1a=1 b=1| 0a@0 0-10, 0b@1 15-21, 1a@1 21-31
            chain@0 chain@0       | a=0 b=0     | 0a@0 0-10, 0b@0 10-16, 1a@0 16-26, 1b@0 26-32
            chain@0 chain@0       | a=0 b=1     | 0a@0 0-10, 1a@0 10-20, 0b@1 15-21, 1b@1 25-31
            chain@0 chain@0       | a=0 1a=1 b=0| 0a@0 0-10, 1a@1 0-10, 0b@0 10-16, 1b@0 16-22
            """)
    void aDeviceTakesTheOldestJobThatCanRun(String jobs, String places, String expected) {
        List<String> wanted = Scenario.list(expected);
        assertThat(pair().jobs(jobs).timeline(fixed(places))).containsExactlyInAnyOrderElementsOf(wanted);
    }

    /** Behind a task of 10 us wait three more; keys 3, 1, 2 for jobs 1, 2, 3 make the order 2, 3, 1. */
    @Test
    void aKeyGoesBeforeTheAgeOfTheJob() {
        double[] keys = {0, 3, 1, 2};
        assertThat(pair().jobs("one@0 one@1 one@2 one@3").timeline(placingWith(keys)))
                .containsExactly("0a@0 0-10", "2a@0 10-20", "3a@0 20-30", "1a@0 30-40");
    }

    @Test
    void ofEqualKeysTheOnePlacedFirstRunsFirst() {
        double[] keys = {0, 5, 5, 5};
        assertThat(pair().jobs("one@0 one@1 one@2 one@3").timeline(placingWith(keys)))
                .containsExactly("0a@0 0-10", "1a@0 10-20", "2a@0 20-30", "3a@0 30-40");
    }

    private static OnlinePolicy placingWith(double[] keyOfJob) {
        return state -> {
            for (int i = 0; i < state.readyCount(); i++) {
                int task = state.readyTask(i);
                state.place(task, 0, 0, keyOfJob[state.jobNumber(state.slotOf(task))]);
            }
        };
    }

    /** Job 0's b has its data on device 1 at 15 only; job 1's a goes first though its key is higher. */
    @Test
    void aTaskWhoseDataIsOnItsWayIsOvertaken() {
        assertThat(pair().jobs("chain@0 one@12").timeline(fixed("a=0 b=1 1a=1")))
                .containsExactly("0a@0 0-10", "1a@1 12-22", "0b@1 22-28");
    }

    /** What a policy leaves is offered at the next event: the end of job 0 at 10. */
    @Test
    void aTaskThatWasLeftIsOfferedAgainAtTheNextEvent() {
        OnlinePolicy oneAtATime = state -> {
            boolean idle = state.isIdle(0) && state.queueLength(0) == 0;
            if (idle) {
                state.place(state.readyTask(0), 0, 0);
            }
        };
        assertThat(pair().jobs("one@0 one@1 one@2").timeline(oneAtATime))
                .containsExactly("0a@0 0-10", "1a@0 10-20", "2a@0 20-30");
    }

    /** Placed at 0 on device 0, job 1 is taken back at 4, when job 2 comes, and given to device 1. */
    @Test
    void aRecalledTaskRunsWhereItIsPlacedNext() {
        OnlinePolicy policy = state -> {
            for (int i = 0; i < state.readyCount(); i++) {
                state.place(state.readyTask(i), 0, 0);
            }
            if (state.now() == 4) {
                int task = state.taskOf(state.nextJob(state.firstJob()), 0);
                state.recall(task);
                state.place(task, 1, 0);
            }
        };
        assertThat(pair().jobs("one@0 one@0 one@4").timeline(policy))
                .containsExactly("0a@0 0-10", "1a@1 4-14", "2a@0 10-20");
    }

    /** A task of no length ends as it begins, and what needs it begins at the same time. */
    @Test
    void aTaskOfNoLengthTakesNoTime() {
        Scenario zero = Scenario.on("A 1: a=0 b=5 c=0").app("z", "a b c; a>b 0; b>c 0");
        assertThat(zero.jobs("z@0 z@0").timeline(fixed("a=0 b=0 c=0")))
                .containsExactly("0a@0 0-0", "0b@0 0-5", "0c@0 5-5", "1a@0 5-5", "1b@0 5-10", "1c@0 10-10");
    }

    /**
     * In DS3 the scheduler runs at whole microseconds: the arrival at 0.3 is seen at 1; volume 5 over bandwidth 2 takes floor(2.5)
     * = 2; the task of 2.6 us takes 3.
     */
    @Test
    void tickingTimeIsWhole() {
        Scenario scenario = Scenario.ticking("A 1: a=2.6", "B 1: b=4")
                .app("chain", "a b; a>b 5")
                .bandwidth(0, 1, 2);
        assertThat(scenario.jobs("chain@0.3").timeline(fixed("a=0 b=1"))).containsExactly("0a@0 1-4", "0b@1 6-10");
    }

    /** The end of a task of one microsecond is seen one later; that of a longer one at once. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3 | 0a@0 0-3, 0b@0 3-7
            2 | 0a@0 0-2, 0b@0 2-6
            1 | 0a@0 0-1, 0b@0 2-6
            0 | 0a@0 0-0, 0b@0 1-5
            """)
    void theEndOfAShortTaskIsSeenATickLater(String micros, String expected) {
        Scenario scenario = Scenario.ticking("A 1: a=" + micros + " b=4").app("chain", "a b; a>b 0");
        assertThat(scenario.jobs("chain@0").timeline(fixed("a=0 b=0"))).isEqualTo(Scenario.list(expected));
    }

    /** The last end is the end of it all; latencies are ends less arrivals: 10, 19, 28 for jobs at 0, 1 and 2. */
    @Test
    void latenciesAreEndsLessArrivals() {
        SimulationResult result = pair().jobs("one@0 one@1 one@2").run(fixed("a=0"));
        assertThat(result.latencies()).containsExactly(10, 19, 28);
        assertThat(result.endMicros()).isEqualTo(30);
        assertThat(result.taskRuns()).isEqualTo(3);
        assertThat(result.meanMicros()).isEqualTo(19);
    }

    @Test
    void withoutJobsNothingHappens() {
        Scenario scenario = pair();
        Workload workload = scenario.workload();
        SimulationResult result = new Simulator(
                        workload,
                        fixed("a=0"),
                        new TraceArrivals(new ArrivalTrace(List.of()), workload),
                        SimulationOptions.real().build())
                .run();
        assertThat(result.endMicros()).isZero();
        assertThat(result.joules()).isZero();
        assertThat(result.completed() + result.unfinished()).isZero();
    }
}
