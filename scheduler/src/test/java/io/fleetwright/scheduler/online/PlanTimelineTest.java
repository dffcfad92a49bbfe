package io.fleetwright.scheduler.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.online.RollingHorizon.Objective;
import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.Scenario;
import io.fleetwright.scheduler.sim.SimulationOptions.Deadline;
import io.fleetwright.scheduler.sim.SystemState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the rolling horizon plans and follows in systems small enough to see the best plan. */
class PlanTimelineTest {
    private static final double NEVER = Double.POSITIVE_INFINITY;

    private static OnlinePolicy latency() {
        return new RollingHorizon(Objective.LATENCY, 16, 1);
    }

    private static OnlinePolicy deadlines() {
        return new RollingHorizon(Objective.DEADLINES, 16, 1);
    }

    /**
     * The sum of ends is least.
     *
     * <ul>
     *   <li>10, 6 and 3 us on one device: shortest first, 3 + 9 + 19.
     *   <li>A takes 4 or 10, B 7 or 20: the second short one on B ends at 7, on A at 8.
     *   <li>two long ones: on A at 10 and 20 or on B at 20: A comes first in the list.
     *   <li>a long and a short one: short on A at 4 and long on A at 14, or long on A at 10 and short on B at 7: 17 is less than 18.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            A 1: a=10 b=6 c=3  |                | a@0 b@0 c@0 | 2c@0 0-3, 1b@0 3-9, 0a@0 9-19
            A 1: a=10 b=6 c=3  |                | a@0 b@1 c@2 | 0a@0 0-10, 2c@0 10-13, 1b@0 13-19
            A 1: a=10 b=6 c=3  |                | a@0 b@1 c@9 | 0a@0 0-10, 2c@0 10-13, 1b@0 13-19
            A 1: a=4 b=10 c=1  | B 1: a=7 b=20  | a@0 a@0     | 0a@0 0-4, 1a@1 0-7
            A 1: a=4 b=10 c=1  | B 1: a=7 b=20  | b@0 b@0     | 0b@0 0-10, 1b@0 10-20
            A 1: a=4 b=10 c=1  | B 1: a=7 b=20  | b@0 a@0     | 1a@1 0-7, 0b@0 0-10
            A 1: a=4 b=10 c=1  | B 1: a=9 b=20  | b@0 a@0     | 1a@0 0-4, 0b@0 4-14
            A 1: a=4 b=10 c=1  | B 1: a=7 b=20  | c@0 c@0     | 0c@0 0-1, 1c@0 1-2
            """)
    void theSumOfEndsIsLeast(String first, String second, String jobs, String expected) {
        Scenario scenario = second == null ? Scenario.on(first) : Scenario.on(first, second);
        assertThat(scenario.app("a", "a").app("b", "b").app("c", "c").jobs(jobs).timeline(latency()))
                .isEqualTo(Scenario.list(expected));
    }

    /** Of 10 and 3 us the long one must be done by 10; by latency alone the short one would be first. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            10  | inf | 0a@0 0-10, 1c@0 10-13
            12.9| inf | 0a@0 0-10, 1c@0 10-13
            13  | inf | 1c@0 0-3, 0a@0 3-13
            9   | inf | 1c@0 0-3, 0a@0 3-13
            10  | 3   | 1c@0 0-3, 0a@0 3-13
            10  | 13  | 0a@0 0-10, 1c@0 10-13
            """)
    void fewJobsAreLateAndThenTheSumOfEndsIsLeast(double a, String c, String expected) {
        double other = c.equals("inf") ? NEVER : Double.parseDouble(c);
        Scenario scenario = Scenario.on("A 1: a=10 c=3")
                .app("a", "a")
                .app("c", "c")
                .with(options -> options.deadlineMicros(Deadline.COUNTED, a, other))
                .jobs("a@0 c@0");
        assertThat(scenario.timeline(deadlines())).isEqualTo(Scenario.list(expected));
        assertThat(scenario.timeline(latency())).containsExactly("1c@0 0-3", "0a@0 3-13");
    }

    /** While a device is busy only what begins next on an idle one is placed; the rest is asked for again. */
    @Test
    void nothingIsPlacedBeforeItsDeviceIsFree() {
        List<Integer> waiting = new ArrayList<>();
        OnlinePolicy plan = latency();
        Scenario scenario = Scenario.on("A 1: a=10").app("a", "a").jobs("a@0 a@1 a@2");
        assertThat(scenario.timeline(state -> {
                    plan.decide(state);
                    waiting.add(state.queueLength(0));
                }))
                .containsExactly("0a@0 0-10", "1a@0 10-20", "2a@0 20-30");
        // At 0 one is placed and starts; at 1 and 2 none; at 10, when nothing runs that would ask again by its end,
        // both.
        assertThat(waiting).containsExactly(1, 0, 0, 2);
    }

    /** Eighty open tasks are planned, of which none is placed on the busy device; of 81 ETF places every ready one. */
    @ParameterizedTest
    @CsvSource({"79, 0", "80, 0", "81, 81"})
    void moreThanEightyTasksAreNotPlanned(int open, int placed) {
        List<Integer> waiting = new ArrayList<>();
        OnlinePolicy plan = latency();
        Scenario scenario = Scenario.on("A 1: a=1000").app("a", "a").jobs("a@0");
        IntStream.range(0, open).forEach(_ -> scenario.jobs("a@1"));
        scenario.with(options -> options.horizonMicros(2)).run(state -> {
            plan.decide(state);
            waiting.add(state.queueLength(0));
        });
        assertThat(waiting).containsExactly(1, placed);
    }

    /** Five rules, of what is open at 3: b of a chain of 10 + 6 that began at 0, and a job of 10 that came now. */
    @ParameterizedTest
    @CsvSource({
        "0, 100, -6,       999990",
        "1, 100, 5994,     9990",
        "2, 100, -6,       -10",
        "3, 100, 94,       -7",
        "3, 6,   0,        -7",
        "3, 5.9, 999999.9, -7",
        "4, 100, 0,        3",
    })
    void rulesSayWhoIsBeforeWhom(int rule, double deadline, double chain, double job) {
        List<Double> priorities = new ArrayList<>();
        var window = new Window();
        chainAndJob(deadline).run(state -> {
            if (state.now() == 3) {
                assertThat(window.collect(state, 10)).isTrue();
                LineRules.prioritize(window, state, rule);
                IntStream.range(0, window.size()).forEach(i -> priorities.add(window.priority[i]));
            }
            Scenario.fixed("a=0 b=0").decide(state);
        });
        assertThat(priorities).hasSize(2);
        assertThat(priorities.get(0)).isCloseTo(chain, within(1e-6));
        assertThat(priorities.get(1)).isCloseTo(job, within(1e-6));
    }

    private static Scenario chainAndJob(double deadline) {
        return Scenario.on("A 1: a=10 b=6")
                .app("chain", "a b; a>b 0")
                .app("job", "a")
                .with(options -> options.deadlineMicros(Deadline.COUNTED, deadline, NEVER))
                .jobs("chain@0 job@3");
    }

    /** In the window are b (after a, which runs to 10) and the job: its work left is 6 and 10, and a plan by age ends at 16 and 26. */
    @Test
    void theWindowHoldsWhatHasNoDevice() {
        List<Object> seen = new ArrayList<>();
        var window = new Window();
        chainAndJob(NEVER).run(state -> {
            if (state.now() == 3) {
                seen.add(window.collect(state, 2));
                seen.add(window.size());
                int chain = state.firstJob();
                int job = state.nextJob(chain);
                seen.add(window.position(state.taskOf(chain, 0)));
                seen.add(window.position(state.taskOf(chain, 1)));
                seen.add(window.position(state.taskOf(job, 0)));
                seen.add(window.workLeft(chain));
                seen.add(window.workLeft(job));
                LineRules.prioritize(window, state, 0);
                window.plan(state);
                seen.add(window.start(0));
                seen.add(window.jobEnd(chain));
                seen.add(window.jobEnd(job));
                seen.add(window.collect(state, 1));
            }
            Scenario.fixed("a=0 b=0").decide(state);
        });
        assertThat(seen).containsExactly(true, 2, SystemState.NONE, 0, 1, 6.0, 10.0, 10.0, 16.0, 26.0, false);
    }

    /**
     * B takes 8 where A takes 5. A toll of 1 on A makes that 10 of cost; a toll of 0.5 makes 7.5. To keep off A makes it B
     * whatever it costs; to keep off both makes it as if nothing was said. Half the clock of A makes it 10.
     */
    @ParameterizedTest
    @CsvSource({
        "0,   0, 1, 0, 5", "0.5, 0, 1, 0, 5", "0.6, 0, 1, 0, 5", "0.7, 0, 1, 1, 8", "1, 0, 1, 1, 8",
        "0,   1, 1, 1, 8", "0,   2, 1, 0, 5", "0,   3, 1, 0, 5", "9,   2, 1, 0, 5", "9, 3, 1, 1, 8",
        "0,   0, 2, 1, 8", "0,   0, 1.5, 0, 7.5", "0, 0, 1.7, 1, 8", "0, 2, 2, 0, 10",
    })
    void tollsAvoidanceAndClocksDecideTheDevice(double toll, long avoided, double stretch, int device, double finish) {
        List<Number> planned = new ArrayList<>();
        var window = new Window();
        Scenario.on("A 1: a=5", "B 1: a=8").app("a", "a").jobs("a@0").run(state -> {
            assertThat(window.collect(state, 5)).isTrue();
            window.toll[0] = toll;
            window.avoided[0] = avoided;
            window.stretch[0] = stretch;
            window.plan(state);
            planned.add(window.device(0));
            planned.add(window.finish(0));
            Scenario.fixed("a=0").decide(state);
        });
        assertThat(planned).containsExactly(device, finish);
    }

    /** What was changed after the best plan is taken back; the plan that is followed is the kept one. */
    @Test
    void theKeptPlanIsFollowed() {
        var window = new Window();
        Scenario scenario =
                Scenario.on("A 1: a=10 b=6").app("a", "a").app("b", "b").jobs("a@0 b@0");
        OnlinePolicy policy = state -> {
            assertThat(window.collect(state, 5)).isTrue();
            for (int i = 0; i < window.size(); i++) {
                window.priority[i] = -i;
            }
            window.plan(state);
            window.keep();
            for (int i = 0; i < window.size(); i++) {
                window.priority[i] = i;
                window.avoided[i] = 1;
            }
            window.toll[0] = 5;
            window.plan(state);
            window.restore();
            for (int i = 0; i < window.size(); i++) {
                assertThat(window.priority[i]).isEqualTo(-i);
                assertThat(window.avoided[i]).isZero();
            }
            assertThat(window.toll[0]).isZero();
            window.follow(state);
        };
        assertThat(scenario.timeline(policy)).containsExactly("1b@0 0-6", "0a@0 6-16");
    }
}
