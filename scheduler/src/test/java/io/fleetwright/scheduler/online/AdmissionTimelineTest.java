package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.sim.Admission;
import io.fleetwright.scheduler.sim.Outage;
import io.fleetwright.scheduler.sim.Scenario;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SimulationResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is let in and why not, with every end worked out. One takes 10 us, short 4, a chain 10 and 6. */
class AdmissionTimelineTest {
    private static final double NEVER = Double.POSITIVE_INFINITY;

    private static List<String> answers(Scenario scenario) {
        List<String> answers = new ArrayList<>();
        var admission = new DeadlineAdmission();
        SimulationResult result = scenario.admission((state, slot) -> {
                    Admission.Answer answer = admission.ask(state, slot);
                    answers.add(answer.name().substring(0, 1));
                    return answer;
                })
                .run(OnlinePolicies.named("deadline"));
        assertThat(result.completed() + result.refused()).isEqualTo(answers.size());
        return answers;
    }

    private static double micros(String text) {
        return text.equals("inf") ? NEVER : Double.parseDouble(text);
    }

    /**
     * A for admitted, O for the own deadline, G for a promise that was given. One device:
     *
     * <ul>
     *   <li>one by 25: ends at 10, 20, 30, so the third could be in time only before another; by 30 all are.
     *   <li>short by 4 with one by 25, both at 0: short first, 4 and 14. A microsecond later one runs to 10, short ends at 14.
     *   <li>one by 10, short by 4: in time only before one, which then ends at 14.
     *   <li>one by 14: then short first is fine. Without any deadline everything is.
     *   <li>a chain by 16 is in time to the microsecond; behind a short of 4 us it ends at 20.
     *   <li>two promises of 10 us by 20; short by 4 would make one of them 24, by 24 it may come last.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            25  | inf | inf  | one@0 one@0 one@0          | A A G
            30  | inf | inf  | one@0 one@0 one@0          | A A A
            25  | inf | inf  | one@0 one@5 one@10         | A A A
            25  | inf | inf  | one@0 one@4 one@4          | A A O
            25  | 4   | inf  | one@0 short@0              | A A
            25  | 4   | inf  | one@0 short@1              | A O
            25  | 13  | inf  | one@0 short@1              | A A
            10  | 4   | inf  | one@0 short@0              | A G
            14  | 4   | inf  | one@0 short@0              | A A
            10  | 14  | inf  | one@0 short@0              | A A
            10  | 13.5| inf  | one@0 short@0              | A G
            inf | inf | inf  | one@0 short@0 one@0        | A A A
            inf | 3   | inf  | short@0 one@0              | O A
            inf | 4   | inf  | short@0 short@0 short@4    | A O A
            inf | inf | 16   | chain@0                    | A
            inf | inf | 15.9 | chain@0                    | O
            inf | 4   | 16   | short@0 chain@0            | A G
            inf | 20  | 16   | short@0 chain@0            | A A
            inf | 4   | 20   | short@0 chain@0            | A A
            20  | 4   | inf  | one@0 one@0 short@0        | A A G
            20  | 24  | inf  | one@0 one@0 short@0        | A A A
            20  | 4   | inf  | one@0 one@12 short@12      | A A A
            """)
    void aJobIsAdmittedIfItAndTheOthersCanBeInTime(
            String one, String small, String chain, String jobs, String expected) {
        Scenario scenario = Scenario.on("A 1: a=10 s=4 b=6")
                .app("one", "a")
                .app("short", "s")
                .app("chain", "a b; a>b 5")
                .with(options -> options.deadlineMicros(Deadline.COUNTED, micros(one), micros(small), micros(chain)))
                .jobs(jobs);
        assertThat(String.join(" ", answers(scenario))).isEqualTo(expected);
    }

    /** A takes 10, B 20: ends at 10, 20 and 20; the fourth would end at 30, or make another end then. */
    @ParameterizedTest
    @CsvSource({"9, O O", "10, A O", "19, A O", "20, A A A G", "30, A A A A G"})
    void everyDeviceCounts(double deadline, String expected) {
        Scenario scenario = Scenario.on("A 1: a=10", "B 1: a=20")
                .app("one", "a")
                .with(options -> options.deadlineMicros(Deadline.COUNTED, deadline))
                .jobs("one", expected.split(" ").length, 0);
        assertThat(String.join(" ", answers(scenario))).isEqualTo(expected);
    }

    /** The promise of 10 is lost when the device goes from 2 to 5; a job that makes nothing worse is let in. */
    @Test
    void whatIsLateAnywayKeepsNobodyOut() {
        Scenario scenario = Scenario.on("A 1: a=10 s=4")
                .app("one", "a")
                .app("short", "s")
                .with(options -> options.deadlineMicros(Deadline.COUNTED, 10, 5).outages(List.of(new Outage(0, 2, 5))))
                .jobs("one@0 short@6");
        // One runs from 5 to 15, so short ends at 19, after 11; at 5 they would both be late or one.
        assertThat(answers(scenario)).containsExactly("A", "O");
        Scenario before = Scenario.on("A 1: a=10 s=4")
                .app("one", "a")
                .app("short", "s")
                .with(options -> options.deadlineMicros(Deadline.COUNTED, 10, 5).outages(List.of(new Outage(0, 2, 5))))
                .jobs("one@0 short@5");
        // At 5 nothing runs: short can end at 9, by 10, and one is late in any case.
        assertThat(answers(before)).containsExactly("A", "A");
    }

    /** While the only device is away no end can be foreseen. */
    @Test
    void aDeadlineIsNotPromisedWhileNothingCanRun() {
        Scenario scenario = Scenario.on("A 1: a=10 s=4")
                .app("one", "a")
                .app("short", "s")
                .with(options ->
                        options.deadlineMicros(Deadline.COUNTED, 100, NEVER).outages(List.of(new Outage(0, 0, 5))))
                .jobs("one@1 short@1 one@6");
        assertThat(answers(scenario)).containsExactly("O", "A", "A");
    }
}
