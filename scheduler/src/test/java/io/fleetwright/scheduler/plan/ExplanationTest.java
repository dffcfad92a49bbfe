package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Alternative.Impossible;
import io.fleetwright.scheduler.plan.Alternative.Obstacle;
import io.fleetwright.scheduler.plan.Alternative.Possible;
import io.fleetwright.scheduler.plan.Alternative.Standing;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationTest {
    /** Task 0 feeds task 1 with 5; task 2 is alone. */
    private static final Problem PROBLEM = TestProblems.problem(
            TaskGraph.builder().tasks(3).edge(0, 1, 5).build(),
            new double[][] {{3, 2, 9, 3}, {4, 4, CostTable.CANNOT_RUN, 4}, {2, 6, 1, 20}});

    private static final Explanation EXPLANATION = new Explanation(
            PROBLEM,
            Schedule.of(List.of(new Assignment(0, 0, 0, 3), new Assignment(1, 0, 3, 7), new Assignment(2, 2, 0, 1))));

    @Test
    void eachDeviceSaysWhatItWouldHaveMeant() {
        assertThat(EXPLANATION.of(0))
                .containsExactly(
                        new Possible(0, 0, 3, 0, 0, 3, 0, 0, Standing.CHOSEN),
                        new Possible(1, 0, 2, 0, 0, 2, -1, 4, Standing.DELAYS_SUCCESSOR),
                        new Possible(3, 0, 3, 0, 0, 3, 0, 5, Standing.DELAYS_SUCCESSOR),
                        new Possible(2, 1, 10, 0, 1, 9, 7, 12, Standing.LONGER_EXECUTION));
        assertThat(EXPLANATION.of(1))
                .containsExactly(
                        new Possible(0, 3, 7, 0, 0, 4, 0, 0, Standing.CHOSEN),
                        new Possible(1, 8, 12, 5, 0, 4, 5, 0, Standing.LONGER_TRANSFER),
                        new Possible(3, 8, 12, 5, 0, 4, 5, 0, Standing.LONGER_TRANSFER),
                        new Impossible(2, Obstacle.CANNOT_RUN));
        assertThat(EXPLANATION.of(2))
                .containsExactly(
                        new Possible(2, 0, 1, 0, 0, 1, 0, 0, Standing.CHOSEN),
                        new Possible(1, 0, 6, 0, 0, 6, 5, 0, Standing.LONGER_EXECUTION),
                        new Possible(0, 7, 9, 0, 7, 2, 8, 0, Standing.LONGER_WAIT),
                        new Possible(3, 0, 20, 0, 0, 20, 19, 0, Standing.LONGER_EXECUTION));
    }

    @Test
    void whatIsNotThereIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> EXPLANATION.of(3)).withMessage("task (3) must be 0 to 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Explanation(PROBLEM, Schedule.of(List.of())))
                .withMessageContaining("NOT_PLACED");
    }

    @Test
    void everyPlanIsExplainedForEveryDeviceAndThePlanStaysAsItIs() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            Problem problem = TestProblems.random(random, 20, 5);
            Schedule schedule = Algorithms.named("heft", seed).schedule(problem);
            var explanation = new Explanation(problem, schedule);
            for (int task = 0; task < problem.taskCount(); task++) {
                List<Alternative> alternatives = explanation.of(task);
                assertThat(alternatives).hasSize(problem.deviceCount()).isEqualTo(explanation.of(task));
                var chosen = (Possible) alternatives.getFirst();
                Assignment planned = schedule.assignments().get(task);
                assertThat(chosen.device()).isEqualTo(planned.device());
                assertThat(chosen.start()).isEqualTo(planned.start());
                assertThat(chosen.delays()).isLessThanOrEqualTo(1e-9 * schedule.makespan());
            }
        });
    }
}
