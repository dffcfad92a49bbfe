package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanWatchTest {
    /** A chain: task 0 on device 0 in 0 to 4, task 1 on device 1 in 10 to 20. */
    private static PlanWatch chain(double threshold) {
        TaskGraph graph = TaskGraph.builder().task("a").task("b").edge(0, 1, 6).build();
        Problem problem = TestProblems.problem(graph, new double[][] {{4, 8, 9}, {30, 10, 30}});
        return new PlanWatch(
                problem,
                new Schedule(List.of(new Assignment(0, 0, 0, 4), new Assignment(1, 1, 10, 20)), 20),
                threshold);
    }

    @Test
    void aTaskMayBeOffByTheThreshold() {
        assertThat(chain(0.25).ended(0, 5)).isFalse();
        assertThat(chain(0.25).ended(0, 3)).isFalse();
        assertThat(chain(0.25).ended(0, 5.01)).isTrue();
        assertThat(chain(0.25).ended(0, 2.99)).isTrue();
        PlanWatch last = chain(0);
        assertThat(last.ended(0, 4)).isFalse();
        assertThat(last.ended(1, 100)).as("nothing is left to mend").isFalse();
    }

    @Test
    void aDeviceMattersWhileItHasSomethingBeforeIt() {
        PlanWatch watch = chain(0.1);
        assertThat(watch.lost(0)).isTrue();
        assertThat(watch.lost(1)).isTrue();
        assertThat(watch.lost(2)).isFalse();
        watch.started(0);
        assertThat(watch.lost(0)).as("what runs there is cut off").isTrue();
        watch.ended(0, 4);
        assertThat(watch.lost(0)).isFalse();
        assertThat(watch.lost(1)).isTrue();
    }

    @Test
    void aLinkMattersUntilItsInputsHaveArrived() {
        PlanWatch watch = chain(0.1);
        assertThat(watch.linkChanged(0, 1)).isTrue();
        assertThat(watch.linkChanged(1, 0)).isTrue();
        assertThat(watch.linkChanged(0, 2)).isFalse();
        watch.ended(0, 4);
        assertThat(watch.linkChanged(0, 1)).isTrue();
        watch.started(1);
        assertThat(watch.linkChanged(0, 1)).isFalse();
    }

    /** A loss that is no reason to mend would move nothing; one that is moves something, or cannot be mended. */
    @Test
    void lossesMatterExactlyWhenMendingMovesSomething() {
        int[] seen = new int[2];
        SeededCases.forEach(1, 300, (random, _) -> {
            Problem problem = TestProblems.random(random, 30, 6);
            Schedule schedule;
            try {
                schedule = new Heft().schedule(problem);
            } catch (UnschedulableException _) {
                return;
            }
            double now = random.nextDouble() * schedule.makespan();
            var watch = new PlanWatch(problem, schedule, 0.1);
            for (Assignment assignment : schedule.assignments()) {
                if (assignment.finish() <= now) {
                    watch.ended(assignment.task(), assignment.finish() - assignment.start());
                } else if (assignment.start() < now) {
                    watch.started(assignment.task());
                }
            }
            boolean[] lost = new boolean[problem.deviceCount()];
            int device = random.nextInt(lost.length);
            lost[device] = true;
            boolean matters;
            try {
                matters = Replanner.mend(problem, schedule, now, lost).moved() > 0;
            } catch (UnschedulableException _) {
                matters = true;
            }
            assertThat(watch.lost(device)).isEqualTo(matters);
            seen[matters ? 1 : 0]++;
        });
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(seen[0]).isPositive();
            assertThat(seen[1]).isPositive();
        }
    }

    @Test
    void wrongPlansAndTasksAreNamed() {
        Problem problem = TestProblems.topcuoglu2002();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PlanWatch(problem, new Schedule(List.of(), 0), 0.1))
                .withMessage("task 0 is not in the schedule");
        Schedule twice = new Schedule(List.of(new Assignment(3, 0, 0, 1), new Assignment(3, 0, 1, 2)), 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PlanWatch(problem, twice, 0.1))
                .withMessageContaining("task 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> chain(Double.NaN))
                .withMessageContaining("threshold (NaN)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> chain(0.1).started(2))
                .withMessage("task (2) must be 0 to 1");
    }
}
