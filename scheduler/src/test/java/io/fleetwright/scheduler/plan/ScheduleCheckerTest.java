package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Violation.Kind;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleCheckerTest {
    /** Task 0 feeds task 1 with a volume of 5; device 1 is busy until 2 and does not run task 1. */
    private static final Problem PROBLEM = new Problem(
            TaskGraph.builder().tasks(3).edge(0, 1, 5).build(),
            new Platform(List.of(new Device("a", 0), new Device("b", 2), new Device("c", 0)), Links.uniform(3, 1, 0)),
            CostTable.perTask(new double[][] {{3, 3, 3}, {4, CostTable.CANNOT_RUN, 4}, {1, 1, 1}}));

    private static final Assignment FIRST = new Assignment(0, 0, 0, 3);
    private static final Assignment SECOND = new Assignment(1, 2, 8, 12);
    private static final Assignment THIRD = new Assignment(2, 1, 2, 3);

    @Test
    void aValidScheduleHasNoViolations() {
        assertThat(ScheduleChecker.check(PROBLEM, Schedule.of(List.of(FIRST, SECOND, THIRD))))
                .isEmpty();
    }

    @Test
    void eachKindOfViolationIsFound() {
        assertFound(Kind.NOT_PLACED, FIRST, SECOND);
        assertFound(Kind.PLACED_TWICE, FIRST, SECOND, THIRD, new Assignment(2, 0, 5, 6));
        assertFound(Kind.UNKNOWN_TASK, FIRST, SECOND, THIRD, new Assignment(3, 0, 5, 6));
        assertFound(Kind.BEFORE_INPUT, FIRST, new Assignment(1, 2, 7, 11), THIRD);
        assertFound(Kind.BEFORE_DEVICE_READY, FIRST, SECOND, new Assignment(2, 1, 1, 2));
        assertFound(Kind.OVERLAP, FIRST, SECOND, new Assignment(2, 0, 2, 3));
        assertFound(Kind.OVERLAP, FIRST, SECOND, new Assignment(2, 2, 9, 10));
        assertFound(Kind.CANNOT_RUN_THERE, FIRST, new Assignment(1, 1, 8, 12), THIRD);
        assertFound(Kind.WRONG_DURATION, FIRST, SECOND, new Assignment(2, 1, 2, 2.5));
    }

    @Test
    void aCopyIsCheckedLikeAnyOtherTaskAndFeedsItsSuccessors() {
        // On device 2 itself the copy of task 0 lets task 1 start at 3 instead of 8.
        var copy = new Assignment(0, 2, 0, 3);
        var early = new Assignment(1, 2, 3, 7);
        assertThat(kinds(Copies.ALLOWED, FIRST, copy, early, THIRD)).isEmpty();
        assertThat(kinds(Copies.FORBIDDEN, FIRST, copy, early, THIRD))
                .containsExactly(Kind.PLACED_TWICE, Kind.BEFORE_INPUT);
        assertThat(kinds(Copies.ALLOWED, FIRST, new Assignment(0, 2, 1, 4), early, THIRD))
                .containsExactly(Kind.OVERLAP, Kind.BEFORE_INPUT);
        assertThat(kinds(Copies.ALLOWED, FIRST, copy, early, new Assignment(1, 0, 2, 6), THIRD))
                .containsExactly(Kind.OVERLAP, Kind.BEFORE_INPUT);
    }

    @Test
    void anUnusableAssignmentLeavesItsTaskUnplaced() {
        assertThat(kinds(Schedule.of(List.of(FIRST, SECOND, new Assignment(2, 3, 2, 3)))))
                .containsExactly(Kind.UNKNOWN_DEVICE, Kind.NOT_PLACED);
        assertThat(kinds(new Schedule(List.of(FIRST, SECOND, new Assignment(2, 1, Double.NaN, 3)), 12)))
                .containsExactly(Kind.BAD_TIME, Kind.NOT_PLACED);
    }

    @Test
    void theStatedMakespanMustBeTheLastFinish() {
        assertThat(kinds(new Schedule(List.of(FIRST, SECOND, THIRD), 11))).containsExactly(Kind.WRONG_MAKESPAN);
        assertThat(kinds(new Schedule(List.of(FIRST, SECOND, THIRD), Double.NaN)))
                .containsExactly(Kind.WRONG_MAKESPAN);
    }

    @Test
    void aGapIsFilledOnlyWhereTheTaskFits() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(5).edge(0, 1, 4).build(),
                new double[][] {{1, CostTable.CANNOT_RUN}, {CostTable.CANNOT_RUN, 2}, {9, 4}, {9, 6}, {9, 1}});
        var partial = new PartialSchedule(problem);
        partial.place(0, 0, Insertion.FILL_GAPS);
        partial.place(1, 1, Insertion.FILL_GAPS);
        partial.place(3, 1, Insertion.FILL_GAPS);
        partial.place(2, 1, Insertion.FILL_GAPS);
        partial.place(4, 1, Insertion.FILL_GAPS);
        Schedule schedule = partial.toSchedule();
        assertThat(ScheduleChecker.check(problem, schedule)).isEmpty();
        assertThat(schedule.assignments().stream().map(Assignment::start)).containsExactly(0.0, 5.0, 0.0, 7.0, 4.0);
    }

    @Test
    void misuseOfAPartialScheduleFailsLoudly() throws Exception {
        var partial = new PartialSchedule(PROBLEM);
        assertThatThrownBy(() -> partial.dataArrival(1, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("task 1 before its predecessor 0");
        partial.place(0, 0, Insertion.APPEND);
        assertThatThrownBy(() -> partial.place(0, 1, Insertion.APPEND)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> partial.place(1, 1, Insertion.APPEND)).isInstanceOf(UnschedulableException.class);
        assertThatThrownBy(partial::toSchedule).hasMessageContaining("1 of 3 tasks");
    }

    @Test
    void aProblemWhosePartsDisagreeIsRejected() {
        var graph = TaskGraph.builder().tasks(1).build();
        var platform = new Platform(TestProblems.idle(1), Links.uniform(1, 1, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Problem(graph, platform, CostTable.perTask(new double[][] {{1}, {1}})))
                .withMessageContaining("costs cover 2 tasks, the graph has 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Problem(graph, platform, CostTable.perTask(new double[][] {{1, 1}})))
                .withMessageContaining("costs cover 2 devices, the platform has 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Problem(graph, platform, CostTable.perTask(new double[][] {{CostTable.CANNOT_RUN}})))
                .withMessageContaining("task 0 ('t0') runs on no device");
    }

    private static void assertFound(Kind kind, Assignment... assignments) {
        assertThat(kinds(Schedule.of(List.of(assignments)))).as(kind.name()).containsExactly(kind);
    }

    private static List<Kind> kinds(Copies copies, Assignment... assignments) {
        return ScheduleChecker.check(PROBLEM, Schedule.of(List.of(assignments)), copies).stream()
                .map(Violation::kind)
                .toList();
    }

    private static List<Kind> kinds(Schedule schedule) {
        return ScheduleChecker.check(PROBLEM, schedule).stream()
                .map(Violation::kind)
                .toList();
    }
}
