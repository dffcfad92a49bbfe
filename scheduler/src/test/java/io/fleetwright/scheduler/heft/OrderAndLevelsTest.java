package io.fleetwright.scheduler.heft;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import org.junit.jupiter.api.Test;

class OrderAndLevelsTest {
    private static final double NO = CostTable.CANNOT_RUN;

    /** 0 and 1 feed 2, 1 feeds 3. */
    private static final TaskGraph GRAPH = TaskGraph.builder()
            .tasks(4)
            .edge(0, 2, 6)
            .edge(1, 2, 2)
            .edge(1, 3, 4)
            .build();

    @Test
    void theHighestReadyTaskComesFirstAndTheLowestOfEquals() {
        assertThat(PriorityOrder.of(GRAPH, new double[] {1, 2, 9, 3})).containsExactly(1, 3, 0, 2);
        assertThat(PriorityOrder.of(GRAPH, new double[4])).containsExactly(0, 1, 2, 3);
        assertThat(PriorityOrder.of(GRAPH, new double[] {5, 5, 5, 9})).containsExactly(0, 1, 3, 2);
    }

    /** Means 2, 4, 3 and 6: 0 is 2 + 3 from its end, 1 is 4 + max(3, 6). */
    @Test
    void aStaticLevelIsTheLongestPathOfMeans() {
        Problem problem = TestProblems.problem(GRAPH, new double[][] {{1, 3}, {4, NO}, {3, 3}, {5, 7}});
        assertThat(StaticLevels.ofMeans(problem)).containsExactly(5, 10, 3, 6);
    }

    /** Of three the middle one, of two their mean; where that is infinite, the highest finite one. */
    @Test
    void aMedianThatCannotRunGivesWayToTheHighestThatCan() {
        assertThat(StaticLevels.medians(TestProblems.problem(
                        GRAPH, new double[][] {{9, 1, 4}, {5, NO, 2}, {NO, 7, NO}, {3, 3, NO}})))
                .containsExactly(4, 5, 7, 3);
        assertThat(StaticLevels.medians(TestProblems.problem(GRAPH, new double[][] {{2, 8}, {5, NO}, {0, 0}, {NO, 1}})))
                .containsExactly(5, 5, 0, 1);
    }

    /** 0 ends at 3 on device 0, 1 at 4 on device 1. By mean transfers 0's data would come at 9, 1's at 6. */
    @Test
    void theEnablingDeviceIsWhereTheLastInputIs() throws Exception {
        Problem problem = TestProblems.problem(GRAPH, new double[][] {{3, 9}, {9, 4}, {1, 1}, {1, 1}});
        var partial = new PartialSchedule(problem);
        assertThat(TwoDevices.enabling(problem, partial, 0)).isEqualTo(TwoDevices.NONE);
        partial.place(0, 0, Insertion.APPEND);
        partial.place(1, 1, Insertion.APPEND);
        assertThat(TwoDevices.enabling(problem, partial, 2)).isZero();
        assertThat(TwoDevices.enabling(problem, partial, 3)).isEqualTo(1);
        assertThat(TwoDevices.start(partial, 2, 0)).isEqualTo(6);
        assertThat(TwoDevices.finish(partial, 2, 0)).isEqualTo(7);
        assertThat(TwoDevices.finish(partial, 2, TwoDevices.NONE)).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void theFirstFreeDeviceIsOneThatRunsTheTaskAndTheQuickestOfEquals() throws Exception {
        Problem problem = TestProblems.problem(GRAPH, new double[][] {{3, 9, 9}, {9, 4, 3}, {NO, 2, 1}, {1, NO, 1}});
        var partial = new PartialSchedule(problem);
        assertThat(TwoDevices.freeFirst(problem, partial, 1)).isEqualTo(2);
        partial.place(0, 0, Insertion.APPEND);
        partial.place(1, 2, Insertion.APPEND);
        assertThat(TwoDevices.freeFirst(problem, partial, 2)).isEqualTo(1);
        assertThat(TwoDevices.freeFirst(problem, partial, 3)).isZero();
    }

    /**
     * Ready are 0 (4 on device 0, 5 on device 1) and 1 (4, 9). Sufferage: 1 would lose 5, 0 only 1, so 1 takes device 0 and
     * 0 goes to device 1. MinMin: 0 comes first (equal finishes, lower task), and 1 waits for device 0 until 8.
     */
    @Test
    void sufferageGivesTheDeviceToTheTaskThatNeedsIt() throws Exception {
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(2).build(), new double[][] {{4, 5}, {4, 9}});
        assertThat(ReadySet.sufferage().schedule(problem).makespan()).isEqualTo(5);
        assertThat(ReadySet.minMin().schedule(problem).makespan()).isEqualTo(8);
    }

    /** Both start at 0 on the one device: earliest start takes the higher level, earliest finish the shorter task. */
    @Test
    void earliestStartAndEarliestFinishDiffer() throws Exception {
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(2).build(), new double[][] {{9}, {1}});
        assertThat(ReadySet.earliestStart()
                        .schedule(problem)
                        .assignments()
                        .get(0)
                        .start())
                .isZero();
        assertThat(ReadySet.earliestFinish()
                        .schedule(problem)
                        .assignments()
                        .get(0)
                        .start())
                .isEqualTo(1);
    }

    /** A task that is ready later is not seen sooner: at 0 only 0 and 1 are, though 2 would end before 1. */
    @Test
    void atRunTimeOnlyWhatIsReadyIsSeen() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(3).edge(0, 2, 0).build(), new double[][] {{1}, {9}, {1}});
        assertThat(ReadySet.earliestFinish()
                        .schedule(problem)
                        .assignments()
                        .get(2)
                        .start())
                .isEqualTo(10);
        assertThat(ReadySet.minMin().schedule(problem).assignments().get(2).start())
                .isEqualTo(1);
    }
}
