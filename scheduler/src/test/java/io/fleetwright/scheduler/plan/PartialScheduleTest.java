package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Task 0 feeds 1 over 4 and 2 over 1; a unit of volume takes a unit of time. Task 2 does not run on device 1. */
class PartialScheduleTest {
    private static final Problem PROBLEM = TestProblems.problem(
            TaskGraph.builder().tasks(3).edge(0, 1, 4).edge(0, 2, 1).build(),
            new double[][] {{3, 2}, {5, 1}, {2, CostTable.CANNOT_RUN}});

    @Test
    void dataIsThereAtOnceOnItsOwnDeviceAndLaterElsewhere() throws Exception {
        var partial = new PartialSchedule(PROBLEM);
        partial.place(0, 0, Insertion.APPEND);
        assertThat(partial.finish(0)).isEqualTo(3);
        assertThat(partial.dataArrival(1, 0)).isEqualTo(3);
        assertThat(partial.dataArrival(1, 1)).isEqualTo(7);
        assertThat(partial.earliestStart(1, 1, Insertion.APPEND)).isEqualTo(7);
        assertThat(partial.earliestFinish(1, 1, Insertion.APPEND)).isEqualTo(8);
        assertThat(partial.earliestStart(2, 1, Insertion.APPEND)).isEqualTo(Double.POSITIVE_INFINITY);
    }

    /** Both devices end task 1 at 8: the lower one gets it. */
    @Test
    void ofEqualFinishesTheLowestDeviceWins() throws Exception {
        var partial = new PartialSchedule(PROBLEM);
        partial.place(0, 0, Insertion.APPEND);
        assertThat(partial.earliestFinish(1, 0, Insertion.APPEND)).isEqualTo(8);
        assertThat(partial.earliestFinishDevice(1, Insertion.APPEND)).isZero();
    }

    /** Device 0 is idle from 0 to 3 before task 2, which waits for task 0 on device 1 (2 + 1). */
    @Test
    void aGapIsFilledOrLeft() throws Exception {
        Problem four = TestProblems.problem(
                TaskGraph.builder().tasks(4).edge(0, 2, 1).build(),
                new double[][] {{3, 2}, {5, 1}, {2, CostTable.CANNOT_RUN}, {3, 9}});
        var partial = new PartialSchedule(four);
        partial.place(0, 1, Insertion.APPEND);
        partial.place(2, 0, Insertion.APPEND);
        assertThat(partial.availableTime(0)).isEqualTo(5);
        assertThat(partial.earliestStart(3, 0, Insertion.APPEND)).isEqualTo(5);
        assertThat(partial.earliestStart(3, 0, Insertion.FILL_GAPS)).isZero();
        partial.place(3, 0, Insertion.FILL_GAPS);
        assertThat(partial.availableTime(0)).isEqualTo(5);
        assertThat(partial.earliestStart(1, 0, Insertion.FILL_GAPS)).isEqualTo(5);
    }

    @Test
    void whatIsWithdrawnIsAsIfItHadNotBeen() throws Exception {
        var partial = new PartialSchedule(PROBLEM);
        partial.place(0, 0, Insertion.APPEND);
        partial.place(1, 1, Insertion.APPEND);
        partial.withdraw(1);
        assertThat(partial.isPlaced(1)).isFalse();
        assertThat(partial.availableTime(1)).isZero();
        assertThatThrownBy(() -> partial.withdraw(1)).hasMessage("task 1 is not placed");
        assertThatThrownBy(() -> partial.finish(1)).hasMessage("task 1 is not placed");
        assertThatThrownBy(partial::toSchedule).hasMessage("1 of 3 tasks are placed");
    }

    @Test
    void missingInputsAreRefusedUnlessTheyMayBeIgnored() {
        assertThatThrownBy(() -> new PartialSchedule(PROBLEM).dataArrival(1, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("task 1 before its predecessor 0");
        assertThat(new PartialSchedule(PROBLEM, MissingInputs.IGNORED).dataArrival(1, 0))
                .isZero();
    }

    @Test
    void theScheduleListsTheTasksInOrder() throws Exception {
        var partial = new PartialSchedule(PROBLEM);
        partial.place(0, 0, Insertion.APPEND);
        partial.place(2, 0, Insertion.APPEND);
        partial.place(1, 1, Insertion.APPEND);
        assertThat(partial.toSchedule())
                .isEqualTo(Schedule.of(
                        List.of(new Assignment(0, 0, 0, 3), new Assignment(1, 1, 7, 8), new Assignment(2, 0, 3, 5))));
        assertThat(partial.toSchedule().makespan()).isEqualTo(8);
    }
}
