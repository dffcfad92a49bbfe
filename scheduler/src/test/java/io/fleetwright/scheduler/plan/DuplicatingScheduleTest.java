package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import org.junit.jupiter.api.Test;

/** Task 0 feeds 1 and 2 over 10 each; a unit of volume takes a unit of time. */
class DuplicatingScheduleTest {
    private static final Problem PROBLEM = TestProblems.problem(
            TaskGraph.builder().tasks(3).edge(0, 1, 10).edge(0, 2, 10).build(),
            new double[][] {{2, 3, 9}, {4, 4, 4}, {4, 4, CostTable.CANNOT_RUN}});

    @Test
    void dataComesFromTheCopyThatIsFirst() throws Exception {
        var partial = new DuplicatingSchedule(PROBLEM);
        partial.place(0, 0);
        int toOne = PROBLEM.graph().inBegin(1);
        assertThat(partial.arrival(toOne, 0)).isEqualTo(2);
        assertThat(partial.arrival(toOne, 1)).isEqualTo(12);
        partial.place(0, 1);
        assertThat(partial.arrival(toOne, 1)).isEqualTo(3);
        assertThat(partial.arrival(toOne, 2)).isEqualTo(12);
        assertThat(partial.runsOn(0, 1)).isTrue();
        assertThat(partial.runsOn(0, 2)).isFalse();
        partial.withdraw(0);
        assertThat(partial.arrival(toOne, 1)).isEqualTo(12);
    }

    @Test
    void copiesThatFeedNothingAreLeftOut() throws Exception {
        var partial = new DuplicatingSchedule(PROBLEM);
        partial.place(0, 0);
        partial.place(0, 1);
        partial.place(0, 2);
        partial.place(1, 0);
        partial.place(2, 1);
        assertThat(partial.toSchedule().assignments())
                .containsExactly(
                        new Assignment(0, 1, 0, 3),
                        new Assignment(0, 0, 0, 2),
                        new Assignment(1, 0, 2, 6),
                        new Assignment(2, 1, 3, 7));
    }

    @Test
    void whereATaskCannotBeItIsNotPlaced() throws Exception {
        var partial = new DuplicatingSchedule(PROBLEM);
        partial.place(0, 0);
        assertThat(partial.earliestStart(2, 2)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThatThrownBy(() -> partial.place(2, 2))
                .isInstanceOf(UnschedulableException.class)
                .hasMessage("task 2 ('t2') cannot run on device 2");
    }
}
