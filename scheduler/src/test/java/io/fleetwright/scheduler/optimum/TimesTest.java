package io.fleetwright.scheduler.optimum;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.testkit.SeededCases;
import org.junit.jupiter.api.Test;

/** 0 feeds 1 over 6; a unit of volume takes a unit of time. */
class TimesTest {
    private static final Problem PROBLEM =
            TestProblems.problem(TaskGraph.builder().tasks(2).edge(0, 1, 6).build(), new double[][] {{2, 5}, {9, 3}});

    /** 1 on device 0: after 0 there (2 + 9), sooner than 5 + 6 + 9. On device 1: after 0 there (5 + 3), not 2 + 6 + 3. */
    @Test
    void aTaskEndsEarliestWithItsInputsWhereThatIsBest() {
        assertThat(new EarliestTimes(PROBLEM).finish()).isDeepEqualTo(new double[][] {{2, 5}, {11, 8}});
    }

    /** After 0 on device 0: 9 there or 6 + 3 elsewhere. After it on device 1: 3. */
    @Test
    void whatIsLeftIsTheBestOfHereAndElsewhere() {
        var remaining = new RemainingTimes(PROBLEM);
        assertThat(remaining.after(0, 0)).isEqualTo(9);
        assertThat(remaining.after(0, 1)).isEqualTo(3);
        assertThat(remaining.after(1, 0)).isZero();
    }

    /** In an optimal schedule no task ends before its earliest time, nor with less left after it than its least. */
    @Test
    void anOptimalScheduleKeepsBoth() {
        SeededCases.forEach(1, 150, (random, _) -> {
            Problem problem = TestProblems.random(random, 6, 3);
            var optimum = new BruteForce().schedule(problem);
            double[][] earliest = new EarliestTimes(problem).finish();
            var remaining = new RemainingTimes(problem);
            double rounding = 1e-9 * (1 + optimum.makespan());
            for (Assignment placed : optimum.assignments()) {
                assertThat(placed.finish()).isGreaterThanOrEqualTo(earliest[placed.task()][placed.device()] - rounding);
                assertThat(placed.finish() + remaining.after(placed.task(), placed.device()))
                        .isLessThanOrEqualTo(optimum.makespan() + rounding);
            }
        });
    }
}
