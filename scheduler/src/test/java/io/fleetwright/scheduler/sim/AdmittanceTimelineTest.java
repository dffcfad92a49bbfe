package io.fleetwright.scheduler.sim;

import static io.fleetwright.scheduler.sim.Scenario.fixed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.sim.Admission.Answer;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who enters, who is given up, and when: deadlines, the cap of the queue, admission, slow decisions, the horizon. */
class AdmittanceTimelineTest {
    private static Scenario pair() {
        return Scenario.on("A 2: a=10 b=6").app("one", "a").app("chain", "a b; a>b 5");
    }

    /**
     * A task of 10 us on one device; what is enforced ends a job at its deadline.
     *
     * <ul>
     *   <li>12 us for each of three jobs at 0: the first ends at 10, the second is cut off at 12, the third never ran.
     *   <li>10 us: the job that ends at its deadline has kept it.
     *   <li>a chain of 10 + 6 with 14 us: b is cut off at 14, its device free for the next.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            12 | 99 | one@0 one@0 one@0 | a=0      | 0a@0 0-10, 1a@0 10-12!                     | 1 | 2
            10 | 99 | one@0             | a=0      | 0a@0 0-10                                  | 1 | 0
            9  | 99 | one@0             | a=0      | 0a@0 0-9!                                  | 0 | 1
            20 | 99 | one@0 one@0       | a=0      | 0a@0 0-10, 1a@0 10-20                      | 2 | 0
            20 | 99 | one@0 one@0 one@5 | a=0      | 0a@0 0-10, 1a@0 10-20, 2a@0 20-25!         | 2 | 1
            99 | 14 | chain@0 one@1     | a=0 b=0  | 0a@0 0-10, 0b@0 10-14!, 1a@0 14-24         | 1 | 1
            99 | 14 | chain@0 one@1     | a=0 b=1  | 0a@0 0-10, 1a@0 10-20                      | 1 | 1
            99 | 5  | chain@0 one@1     | a=0 b=0  | 0a@0 0-5!, 1a@0 5-15                       | 1 | 1
            99 | 16 | chain@0           | a=0 b=0  | 0a@0 0-10, 0b@0 10-16                      | 1 | 0
            inf| 5  | one@0             | a=0      | 0a@0 0-10                                  | 1 | 0
            """)
    void anEnforcedDeadlineEndsTheJob(
            String one, String chain, String jobs, String places, String expected, int completed, int abandoned) {
        Scenario scenario = pair().with(
                        options -> options.deadlineMicros(Deadline.ENFORCED, micros(one), micros(chain)))
                .jobs(jobs);
        assertThat(scenario.timeline(fixed(places))).isEqualTo(Scenario.list(expected));
        SimulationResult result = scenario.run(fixed(places));
        assertThat(List.of(result.completed(), result.abandoned(), result.missed(), result.unfinished()))
                .containsExactly(completed, abandoned, abandoned, 0);
    }

    private static double micros(String text) {
        return text.equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }

    /** Three jobs end at 10, 20 and 30. */
    @ParameterizedTest
    @CsvSource({"9, 3, 0", "10, 2, 1", "19.5, 2, 1", "20, 1, 2", "29, 1, 2", "30, 0, 3", "inf, 0, 3"})
    void aCountedDeadlineEndsNothing(String deadline, int missed, int onTime) {
        SimulationResult result = pair().with(options -> options.deadlineMicros(Deadline.COUNTED, micros(deadline), 1))
                .jobs("one@0 one@0 one@0")
                .run(fixed("a=0"));
        assertThat(result.latencies()).containsExactly(10, 20, 30);
        assertThat(result.missed()).isEqualTo(missed);
        assertThat(result.onTime()).isEqualTo(onTime);
        assertThat(result.missRate()).isEqualTo(missed / 3.0);
    }

    /** Deadlines count from the arrival of each job: at 5 + 12 = 17 for the second, which began at 10. */
    @Test
    void aDeadlineCountsFromTheArrival() {
        assertThat(pair().with(options -> options.deadlineMicros(Deadline.ENFORCED, 12, 1))
                        .jobs("one@0 one@5")
                        .timeline(fixed("a=0")))
                .containsExactly("0a@0 0-10", "1a@0 10-17!");
    }

    /**
     * With room for one job: the next enters when it is done, and its latency counts from then. With room for two, jobs 0 and 1 run
     * on two devices to 10 and 16, job 2 enters at 10.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1 | one@0 one@1 one@2   | a=0          | 0a@0 0-10, 1a@0 10-20, 2a@0 20-30   | 10 10 10
            2 | one@0 one@1 one@2   | a=0          | 0a@0 0-10, 1a@0 10-20, 2a@0 20-30   | 10 19 20
            3 | one@0 one@1 one@2   | a=0          | 0a@0 0-10, 1a@0 10-20, 2a@0 20-30   | 10 19 28
            1 | one@0 one@1 one@2   | a=0 1a=1     | 0a@0 0-10, 1a@1 10-20, 2a@0 20-30   | 10 10 10
            2 | one@0 one@6 one@7   | a=0 1a=1     | 0a@0 0-10, 1a@1 6-16, 2a@0 10-20    | 10 10 10
            1 | chain@0 one@1       | a=0 b=1 1a=0 | 0a@0 0-10, 0b@1 15-21, 1a@0 21-31   | 10 21
            1 | one@0 one@30        | a=0          | 0a@0 0-10, 1a@0 30-40               | 10 10
            """)
    void aFullQueueKeepsJobsOutside(int cap, String jobs, String places, String expected, String latencies) {
        Scenario scenario = pair().with(options -> options.queueCap(cap)).jobs(jobs);
        assertThat(scenario.timeline(fixed(places))).isEqualTo(Scenario.list(expected));
        assertThat(scenario.run(fixed(places)).latencies())
                .containsExactly(java.util.Arrays.stream(latencies.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray());
    }

    /** Those outside are unfinished as well: three of four at 15. */
    @Test
    void whatWaitsOutsideAtTheHorizonIsUnfinished() {
        SimulationResult result = pair().with(options -> options.queueCap(1).horizonMicros(15))
                .jobs("one@0 one@1 one@2 one@3")
                .run(fixed("a=0"));
        assertThat(result.completed()).isOne();
        assertThat(result.unfinished()).isEqualTo(3);
    }

    /** Nothing at the horizon itself happens any more, and energy is counted up to it, 1 W of the task that runs and the base. */
    @ParameterizedTest
    @CsvSource({"9, 0, 9", "10, 0, 10", "10.5, 1, 10", "100, 1, 10"})
    void theHorizonEndsEverything(double horizon, int completed, double busy) {
        SimulationResult result = pair().with(options -> options.horizonMicros(horizon))
                .jobs("one@0")
                .run(fixed("a=0"));
        assertThat(result.completed()).isEqualTo(completed);
        assertThat(result.joules() * 1e6).isCloseTo(busy + horizon * Scenario.BASE_WATTS, within(1e-9));
    }

    /**
     * A decision on one task takes 3 us: from 0 to 3, from 13 to 16, where data had been sent at 13 to be there at 18. Two tasks
     * at once take 6.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3  | one@0              | a=0       | 0a@0 3-13
            3  | one@0 one@0        | a=0 1a=1  | 0a@0 6-16, 1a@1 6-16
            3  | one@0 one@1        | a=0 1a=1  | 0a@0 3-13, 1a@1 4-14
            3  | chain@0            | a=0 b=0   | 0a@0 3-13, 0b@0 16-22
            3  | chain@0            | a=0 b=1   | 0a@0 3-13, 0b@1 18-24
            7  | chain@0            | a=0 b=1   | 0a@0 7-17, 0b@1 24-30
            3  | one@0 one@0        | a=0       | 0a@0 6-16, 1a@0 16-26
            0.5| one@0              | a=0       | 0a@0 0.5-10.5
            """)
    void aDecisionHoldsOnlyWhenItIsMade(double micros, String jobs, String places, String expected) {
        assertThat(pair().with(options -> options.decisionMicros(micros))
                        .jobs(jobs)
                        .timeline(fixed(places)))
                .isEqualTo(Scenario.list(expected));
    }

    /** Every second job is refused: it takes a number and nothing else. */
    @Test
    void refusedJobsTakeANumberAndNothingElse() {
        Scenario scenario = pair().admission(
                        (state, slot) -> state.jobNumber(slot) % 2 == 0 ? Answer.ADMITTED : Answer.TOO_MUCH_WORK)
                .jobs("one@0 one@1 one@2 one@3 one@4");
        assertThat(scenario.timeline(fixed("a=0"))).containsExactly("0a@0 0-10", "2a@0 10-20", "4a@0 20-30");
        SimulationResult result = scenario.run(fixed("a=0"));
        assertThat(result.refusals()).isEqualTo(Map.of(Answer.TOO_MUCH_WORK, 2));
        assertThat(result.completed() + result.refused()).isEqualTo(5);
        assertThat(result.missed() + result.abandoned()).isZero();
    }

    /** The one that is asked about is in the system, last of all, with nothing of it placed. */
    @Test
    void admissionIsAskedWithTheJobInTheSystem() {
        List<String> asked = new ArrayList<>();
        pair().admission((state, slot) -> {
                    asked.add("%s: %d live, %d left, %s"
                            .formatted(state.now(), state.liveJobs(), state.tasksLeft(slot), state.nextJob(slot)));
                    return Answer.ADMITTED;
                })
                .jobs("one@0 chain@4 one@12")
                .run(fixed("a=0 b=0"));
        assertThat(asked)
                .containsExactly("0.0: 1 live, 1 left, -1", "4.0: 2 live, 2 left, -1", "12.0: 2 live, 1 left, -1");
    }

    /** A refused job is asked for once; those outside are asked about when they enter, in one go while all are refused. */
    @Test
    void jobsOutsideAreAskedAboutWhenThereIsRoom() {
        List<Double> asked = new ArrayList<>();
        SimulationResult result = pair().with(options -> options.queueCap(1))
                .admission((state, slot) -> {
                    asked.add(state.now());
                    return state.jobNumber(slot) == 0 || state.jobNumber(slot) == 3
                            ? Answer.ADMITTED
                            : Answer.OWN_DEADLINE;
                })
                .jobs("one@0 one@1 one@2 one@3 one@4")
                .run(fixed("a=0"));
        assertThat(asked).containsExactly(0.0, 10.0, 10.0, 10.0, 20.0);
        assertThat(result.completed()).isEqualTo(2);
        assertThat(result.endMicros()).isEqualTo(20);
    }
}
