package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Small plans that meet a changed world, every figure by hand. */
class ReplannerStoriesTest {
    private static final double NO = CostTable.CANNOT_RUN;

    private static Assignment at(int task, int device, double start, double finish) {
        return new Assignment(task, device, start, finish);
    }

    private static boolean[] none(int devices) {
        return new boolean[devices];
    }

    private static boolean[] lost(int devices, int gone) {
        boolean[] lost = new boolean[devices];
        lost[gone] = true;
        return lost;
    }

    /** Camera 0 on device 0 in 0-2, detector 1 on device 1 in 5-9, display 2 on device 0 in 12-13; volumes of 3. */
    private static final Problem PIPELINE = TestProblems.problem(
            TaskGraph.builder().tasks(3).edge(0, 1, 3).edge(1, 2, 3).build(),
            new double[][] {{2, 2, 2}, {9, 4, 6}, {1, 1, 1}});

    private static final Schedule PLAN = Schedule.of(List.of(at(0, 0, 0, 2), at(1, 1, 5, 9), at(2, 0, 12, 13)));

    /**
     * At 3 the camera has ended; the detector goes to device 2: data at 5, 6 long, 5-11 (device 0: from 3 on, 9 long, 3-12).
     * The display's data would be on device 0 at 14, later than 12, so it moves too: on device 2 in 11-12.
     */
    @Test
    void whatWaitedForALostDeviceGoesElsewhereAndDrawsItsSuccessorAlong() throws Exception {
        var mended = Replanner.mend(PIPELINE, PLAN, 3, lost(3, 1));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 2, 5, 11), at(2, 2, 11, 12));
        assertThat(mended.moved()).isEqualTo(2);
    }

    /** At 6 the detector had run for 1: it starts anew, on device 2 at 6 until 12, or on device 0 at 6 until 15. */
    @Test
    void whatRanOnALostDeviceStartsAnew() throws Exception {
        var mended = Replanner.mend(PIPELINE, PLAN, 6, lost(3, 1));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 2, 6, 12), at(2, 2, 12, 13));
    }

    /** At 9 exactly the detector has ended, and its data counts as still there. */
    @Test
    void whatHasEndedOnALostDeviceStays() throws Exception {
        assertThat(Replanner.mend(PIPELINE, PLAN, 9, lost(3, 1))).isEqualTo(new Replanner.Mended(PLAN, 0));
    }

    /** At 5 exactly the detector has not started, so it moves; a moment later it would be cut off. */
    @Test
    void whatBeginsNowHasNotBegun() throws Exception {
        assertThat(Replanner.mend(PIPELINE, PLAN, 5, lost(3, 1)).schedule().assignments())
                .contains(at(1, 2, 5, 11));
    }

    /** Device 0 is lost at 10 while the detector's data is on its way: the display moves to device 1, at 10. */
    @Test
    void aTaskWhoseDeviceIsLostMovesAloneWhereItsPredecessorIs() throws Exception {
        var mended = Replanner.mend(PIPELINE, PLAN, 10, lost(3, 0));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 1, 5, 9), at(2, 1, 10, 11));
        assertThat(mended.moved()).isOne();
    }

    /** The detector takes 6 instead of 4 on device 1: it runs until 11, and the display waits there, 11-12, not until 14. */
    @Test
    void aTaskThatTakesLongerThanPlannedKeepsRunning() throws Exception {
        Problem slower = Variants.withCosts(PIPELINE, (task, device, was) -> task == 1 && device == 1 ? 6 : was);
        var mended = Replanner.mend(slower, PLAN, 6, none(3));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 1, 5, 11), at(2, 1, 11, 12));
    }

    /** It takes 1 instead of 4, but at 8 it is still said to run: it cannot have ended before now. The display stays. */
    @Test
    void aTaskThatShouldHaveEndedEndsNow() throws Exception {
        Problem quicker = Variants.withCosts(PIPELINE, (task, device, was) -> task == 1 && device == 1 ? 1 : was);
        var mended = Replanner.mend(quicker, PLAN, 8, none(3));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 1, 5, 8), at(2, 0, 12, 13));
        assertThat(mended.moved()).isZero();
    }

    /** The same, seen before it starts: its planned time is wrong, so it is placed anew: still device 1, 5-6. */
    @Test
    void aTaskWhoseTimeHasChangedIsPlacedAnewThoughItStays() throws Exception {
        Problem quicker = Variants.withCosts(PIPELINE, (task, device, was) -> task == 1 && device == 1 ? 1 : was);
        var mended = Replanner.mend(quicker, PLAN, 3, none(3));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 1, 5, 6), at(2, 0, 12, 13));
        assertThat(mended.moved()).isOne();
    }

    /** Transfers take twice as long: the detector's data comes at 8. Device 0 would end it at 12, devices 1 at 12 too. */
    @Test
    void slowerLinksUnsettleWhatWaitsForThem() throws Exception {
        Problem slower = Variants.withLinks(PIPELINE, Links.uniform(3, 0.5, 0));
        var mended = Replanner.mend(slower, PLAN, 3, none(3));
        // Of 12 and 12 the lower device, which is free from 3 on; the display then runs there at once.
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 0, 3, 12), at(2, 0, 12, 13));
    }

    /** Faster links are no reason to move anything: what holds stays. */
    @Test
    void fasterLinksChangeNothing() throws Exception {
        Problem faster = Variants.withLinks(PIPELINE, Links.uniform(3, 10, 0));
        assertThat(Replanner.mend(faster, PLAN, 3, none(3))).isEqualTo(new Replanner.Mended(PLAN, 0));
    }

    /**
     * Four tasks of 2 on device 0, one after the other, and device 1 with 4 in 0-1 and 5 in 6-7. Device 0 is lost at 1:
     * 0 to 3 go to device 1 in the order of their old starts: 0 at 1-3, 1 at 3-5; 2 does not fit before 6, so 7-9, 3 at 9-11.
     */
    @Test
    void movedTasksFillTheGapsBetweenThoseThatStay() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(6).build(),
                new double[][] {{2, 2}, {2, 2}, {2, 2}, {2, 2}, {NO, 1}, {NO, 1}});
        Schedule plan = Schedule.of(List.of(
                at(0, 0, 0, 2), at(1, 0, 2, 4), at(2, 0, 4, 6), at(3, 0, 6, 8), at(4, 1, 0, 1), at(5, 1, 6, 7)));
        var mended = Replanner.mend(problem, plan, 1, lost(2, 0));
        assertThat(mended.schedule().assignments())
                .containsExactly(
                        at(0, 1, 1, 3),
                        at(1, 1, 3, 5),
                        at(2, 1, 7, 9),
                        at(3, 1, 9, 11),
                        at(4, 1, 0, 1),
                        at(5, 1, 6, 7));
        assertThat(mended.moved()).isEqualTo(4);
    }

    /**
     * A fork 0 on device 0 feeds 1 on device 1 and 2 on device 2 over 1; join 3 on device 1. Device 2 is lost at 2, when 0
     * has ended: 2 goes to device 0, free at 2, in 2-5 (device 1: after 1, 6-9). Its data is on device 1 at 6; the join,
     * planned at 7, stays.
     */
    @Test
    void aSuccessorThatCanWaitStays() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder()
                        .tasks(4)
                        .edge(0, 1, 1)
                        .edge(0, 2, 1)
                        .edge(1, 3, 1)
                        .edge(2, 3, 1)
                        .build(),
                new double[][] {{2, 2, 2}, {3, 3, 3}, {3, 3, 3}, {1, 1, 1}});
        Schedule plan = Schedule.of(List.of(at(0, 0, 0, 2), at(1, 1, 3, 6), at(2, 2, 3, 6), at(3, 1, 7, 8)));
        var mended = Replanner.mend(problem, plan, 2, lost(3, 2));
        assertThat(mended.schedule().assignments())
                .containsExactly(at(0, 0, 0, 2), at(1, 1, 3, 6), at(2, 0, 2, 5), at(3, 1, 7, 8));
        assertThat(mended.moved()).isOne();
    }

    /** Device 1 is busy with something else until 20 now: what was to start there at 5 goes elsewhere. */
    @Test
    void aDeviceThatIsReadyLaterTakesNothingBefore() throws Exception {
        Problem busy = Variants.withReadyTimes(PIPELINE, 0, 20, 0);
        var mended = Replanner.mend(busy, PLAN, 3, none(3));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 2, 5, 11), at(2, 2, 11, 12));
    }

    /** The link from device 0 to the others is cut at 3: the detector can only be where the camera was. */
    @Test
    void withoutALinkATaskStaysWithItsInput() throws Exception {
        double[][] rate = {{1, 0, 0}, {1, 1, 1}, {1, 1, 1}};
        Problem cut = Variants.withLinks(PIPELINE, Links.perPair(rate, new double[3][3]));
        var mended = Replanner.mend(cut, PLAN, 3, none(3));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 0, 3, 12), at(2, 0, 12, 13));
    }

    /** The same with device 0 lost as well: the camera's picture is there, but leads nowhere. */
    @Test
    void aTaskWhoseInputCannotLeaveIsNamed() {
        double[][] rate = {{1, 0, 0}, {1, 1, 1}, {1, 1, 1}};
        Problem cut = Variants.withLinks(PIPELINE, Links.perPair(rate, new double[3][3]));
        assertThatThrownBy(() -> Replanner.mend(cut, PLAN, 3, lost(3, 0)))
                .isInstanceOf(UnschedulableException.class)
                .hasMessageStartingWith("task 1 ('t1'): no device");
    }

    /** A device that no longer runs the task, while it runs it: that is like a loss, for this task alone. */
    @Test
    void aTaskThatItsDeviceNoLongerRunsMoves() throws Exception {
        Problem unable = Variants.withCosts(PIPELINE, (task, device, was) -> task == 1 && device == 1 ? NO : was);
        var mended = Replanner.mend(unable, PLAN, 6, none(3));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 2), at(1, 2, 6, 12), at(2, 2, 12, 13));
    }

    /** After the end there is nothing left to mend, whatever is lost. */
    @Test
    void whatIsOverIsOver() throws Exception {
        assertThat(Replanner.mend(PIPELINE, PLAN, 13, new boolean[] {true, true, true}))
                .isEqualTo(new Replanner.Mended(PLAN, 0));
    }

    /** Tasks of no length at the moment of the loss: they have ended where they were. */
    @Test
    void aTaskOfNoLengthHasEndedAtItsStart() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(2).edge(0, 1, 0).build(), new double[][] {{0, 5}, {4, 6}});
        Schedule plan = Schedule.of(List.of(at(0, 0, 0, 0), at(1, 0, 0, 4)));
        var mended = Replanner.mend(problem, plan, 0, lost(2, 0));
        assertThat(mended.schedule().assignments()).containsExactly(at(0, 0, 0, 0), at(1, 1, 0, 6));
    }
}
