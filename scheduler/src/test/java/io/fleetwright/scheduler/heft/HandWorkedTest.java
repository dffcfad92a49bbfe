package io.fleetwright.scheduler.heft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.plan.Variants;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every list scheduler on one small problem, and each of its special rules on a smaller one, by hand. */
class HandWorkedTest {
    private static final double NO = CostTable.CANNOT_RUN;

    /**
     * Devices a and b, a unit of volume takes a unit of time.
     *
     * <pre>
     *   task    a  b  mean   into             upward rank          static level  OCT a  OCT b  mean
     *   0       2  4   3     1 (2), 2 (4)     3 + 4 + 9.5 = 16.5       10.5        9      6     7.5
     *   1       3  3   3     3 (1)            3 + 1 + 2.5 = 6.5         5.5        2      1     1.5
     *   2       5  2   3.5   3 (3), 4 (2)     3.5 + 2 + 4 = 9.5         7.5        4      4     4
     *   3       4  1   2.5                    2.5                       2.5        0      0     0
     *   4       2  6   4                      4                         4          0      0     0
     * </pre>
     */
    private static final Problem FIVE = TestProblems.problem(
            TaskGraph.builder()
                    .tasks(5)
                    .edge(0, 1, 2)
                    .edge(0, 2, 4)
                    .edge(1, 3, 1)
                    .edge(2, 3, 3)
                    .edge(2, 4, 2)
                    .build(),
            new double[][] {{2, 4}, {3, 3}, {5, 2}, {4, 1}, {2, 6}});

    /** A placement reads task, device, start, finish. */
    @ParameterizedTest
    @CsvSource({
        // By rank 0 2 1 4 3. 0: a 2, b 4. 2: a 7, b 6+2. 1: a 7+3, b 4+3. 4: a 9, b 9+6. 3: a 9+4, b 10+1.
        "heft, 0a0-2 2a2-7 1b4-7 4a7-9 3b10-11",
        // Downward ranks 0 5 7 13.5 12.5: sums 16.5 11.5 16.5 16 16.5; the path 0 2 4 takes a 9, b 12. Order 0 2 4 1 3.
        "cpop, 0a0-2 2a2-7 4a7-9 1b4-7 3b10-11",
        // By mean OCT 0 2 1 3 4. 0: a 2+9, b 4+6. 2: a 13+4, b 6+4. 1: a 9+2, b 9+1. 3: a 14, b 10. 4: a 10, b 16.
        "peft, 0b0-4 2b4-6 1b6-9 3b9-10 4a8-10",
        // 0 on a: 2 ends at 7, 1 at 7; on b: 6 and 9. 2 on a: 4 at 9, 3 at 11; on b: 12 and 9. 1 on a: 3 at 12; on b:
        // 11.
        "lookahead, 0a0-2 2a2-7 1b4-7 4a7-9 3b10-11",
        // DL of 1: a 8.5-5, b 8.5-7; of 2: a 11-7, b 11-8: 2 on a. 1: b 1.5, 4: a -1: 1. 4: a -1, 3: b -6: 4. 3: b 11.
        "dls, 0a0-2 2a2-7 1b4-7 4a7-9 3b10-11",
        // 1 ends at 5 on a, 2 at 7 on a: 1. 2: a 10, b 8. 3 at 9 on b, 4 at 12 on a: 3, then 4.
        "minmin, 0a0-2 1a2-5 2b6-8 3b8-9 4a10-12",
        // 1 at 5, 2 at 7: 2. 1 at 7 on b, 4 at 9 on a: 4. Then 1; 3: a 9+4, b 10+1.
        "maxmin, 0a0-2 2a2-7 4a7-9 1b4-7 3b10-11",
        // 1 would lose 7-5, 2 only 8-7: 1 on a. 2: b. 3 would lose 15-9, 4 only 14-12: 3, then 4.
        "sufferage, 0a0-2 1a2-5 2b6-8 3b8-9 4a10-12",
        // In order of arrival 0 1 2 3 4. 1 runs 3 on both: where it ends first. 2 and 3 run shortest on b, 4 on a.
        "met, 0a0-2 1a2-5 2b6-8 3b8-9 4a10-12",
        // 1: a 5, b 7. 2: a 10, b 8. 3: a 15, b 9. 4: a 12, b 15.
        "mct, 0a0-2 1a2-5 2b6-8 3b8-9 4a10-12",
        // 1 and 2 can start at 2 on a: 2 has the higher level. 1 at 4 on b, 4 at 7 on a: 1, then 4. 3: a 9, b 10.
        "etf-start, 0a0-2 2a2-7 1b4-7 4a7-9 3a9-13",
        // At 2: 1 ends at 5 on a; then 2 at 8 on b. At 8: 3 ends at 9 on b; 4 at 12 on a.
        "etf-finish, 0a0-2 1a2-5 2b6-8 3b8-9 4a10-12",
        // Free first: 0: both, ends first on a. 1: b. 2: a at 2. 3: both at 7, b ends at 11, a at 12. 4: a.
        "olb, 0a0-2 1b4-7 2a2-7 3b10-11 4a7-9",
        // At 2: 2 runs 2 on b, 1 runs 3: first 2 on b, then 1 on a, the lower of equals. At 8: 3 runs 1, 4 runs 2.
        "stf, 0a0-2 2b6-8 1a2-5 3b8-9 4a10-12",
        // Both take 16 for everything: a.
        "fastest-node, 0a0-2 1a2-5 2a5-10 3a10-14 4a14-16",
        // By rank. 2: input on a 7, free b 8. 1: a 10, b 7. 4: input on a, a the quicker of two free at 7. 3: a 13, b
        // 11.
        "fcp, 0a0-2 2a2-7 1b4-7 4a7-9 3b10-11",
        // 1 and 2 at 2 on a: 2 by rank. 1: b 4, 4: a 7: 1. 4: a 7, 3: a 8, b 10: 4. 3: a 9, b 10.
        "flb, 0a0-2 2a2-7 1b4-7 4a7-9 3a9-13",
        // 2 on b: a copy of 0 there ends at 4, so 4+2. 1: a 5, b 9. 4: a 8+2, b 12. 3: a 10+4, b 6+1.
        "hld, 0a0-2 0b0-4 2b4-6 1a2-5 4a8-10 3b6-7",
    })
    void fiveTasksOnTwoDevices(String algorithm, String placements) throws Exception {
        Schedule schedule = Algorithms.named(algorithm, 0).schedule(FIVE);
        assertThat(schedule.assignments().stream().map(HandWorkedTest::written))
                .containsExactlyInAnyOrder(placements.split(" "));
    }

    private static String written(Assignment placed) {
        return "%d%c%.0f-%.0f".formatted(placed.task(), 'a' + placed.device(), placed.start(), placed.finish());
    }

    private static void assertPlaced(String algorithm, Problem problem, String... placements) throws Exception {
        Schedule schedule = Algorithms.named(algorithm, 0).schedule(problem);
        assertThat(schedule.assignments().stream().map(HandWorkedTest::written))
                .as(algorithm)
                .containsExactlyInAnyOrder(placements);
    }

    private static Problem alone(double[]... costs) {
        return TestProblems.problem(TaskGraph.builder().tasks(costs.length).build(), costs);
    }

    private static Problem chain(double volume, double[]... costs) {
        var graph = TaskGraph.builder().tasks(costs.length);
        for (int task = 1; task < costs.length; task++) {
            graph.edge(task - 1, task, volume);
        }
        return TestProblems.problem(graph.build(), costs);
    }

    /** 0 and 2 run on a alone, 1 on b alone: a is idle from 2 to 7. 3 comes last by rank and takes 4. */
    @Test
    void whoFillsGapsUsesTheTimeInWhichADeviceWaits() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(4).edge(0, 1, 1).edge(1, 2, 1).build(),
                new double[][] {{2, NO}, {NO, 3}, {9, NO}, {4, NO}});
        for (String filling : List.of("heft", "cpop", "peft", "lookahead", "hld")) {
            assertPlaced(filling, problem, "0a0-2", "1b3-6", "2a7-16", "3a2-6");
        }
        assertPlaced("fcp", problem, "0a0-2", "1b3-6", "2a7-16", "3a16-20");
    }

    /** A gap from 2 to 7 has no room for 6. */
    @Test
    void aGapThatIsTooShortIsLeft() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(4).edge(0, 1, 1).edge(1, 2, 1).build(),
                new double[][] {{2, NO}, {NO, 3}, {9, NO}, {6, NO}});
        assertPlaced("heft", problem, "0a0-2", "1b3-6", "2a7-16", "3a16-22");
    }

    /** b runs the whole path, in 30; a only its ends, in 2: the number of tasks comes before the time. */
    @Test
    void thePathOfCpopGoesWhereMostOfItRuns() throws Exception {
        assertPlaced(
                "cpop",
                chain(0, new double[] {1, 10}, new double[] {NO, 10}, new double[] {1, 10}),
                "0b0-10",
                "1b10-20",
                "2b20-30");
    }

    /** a runs all but the second in 1 each, b all but the third in 4 each: a is the path's, and 1 goes where it can. */
    @Test
    void aTaskOfThePathThatItsDeviceCannotRunIsLikeAnyOther() throws Exception {
        assertPlaced(
                "cpop",
                chain(0, new double[] {1, 4}, new double[] {NO, 4}, new double[] {1, NO}),
                "0a0-1",
                "1b1-5",
                "2a5-6");
    }

    /** The two chains are equally long, 0 2 and 1 3: the path begins at 0 and takes b, where it needs 6, not 8. */
    @Test
    void ofEqualPathsCpopTakesThatOfTheLowestEntry() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(4).edge(0, 2, 0).edge(1, 3, 0).build(),
                new double[][] {{4, 3}, {4, 3}, {4, 3}, {4, 3}});
        // 1 is not on the path: a ends it at 4, b at 6; 3 likewise a 8, b 9.
        assertPlaced("cpop", problem, "0b0-3", "1a0-4", "2b3-6", "3a4-8");
    }

    /** a would be done first, but b, which takes 1, is where the long second task of 2 is cheap: 6+0+2 and 4+1+9. */
    @Test
    void peftGoesWhereTheRestIsCheap() throws Exception {
        Problem problem = chain(8, new double[] {4, 6}, new double[] {9, 2});
        assertPlaced("peft", problem, "0b0-6", "1b6-8");
        assertPlaced("heft", problem, "0a0-4", "1a4-13");
        // Looking ahead sees the same.
        assertPlaced("lookahead", problem, "0b0-6", "1b6-8");
    }

    /** Both devices give 1 the same outlook; on a it ends sooner itself. */
    @Test
    void ofEqualOutlooksLookaheadTakesTheEarlierFinish() throws Exception {
        // 0 on a: 1 ends on a at 3 + 4 = 7. 0 on b: 1 ends on b at 5 + 2 = 7.
        assertPlaced("lookahead", chain(50, new double[] {3, 5}, new double[] {4, 2}), "0a0-3", "1a3-7");
        assertPlaced("lookahead", chain(50, new double[] {5, 3}, new double[] {2, 4}), "0b0-3", "1b3-7");
    }

    /** 1 runs on a alone, so it would lose everything: it goes before 0, which would lose 2 and then ends at 6, not 9. */
    @Test
    void aTaskWithOneDeviceSuffersMost() throws Exception {
        assertPlaced("sufferage", alone(new double[] {4, 6}, new double[] {5, NO}), "0b0-6", "1a0-5");
    }

    /** With two tasks of one device each the lowest comes first; both lose everything. */
    @Test
    void ofEqualLossesTheLowestTaskIsFirst() throws Exception {
        assertPlaced("sufferage", alone(new double[] {2, NO}, new double[] {5, NO}), "0a0-2", "1a2-7");
        assertPlaced("minmin", alone(new double[] {5}, new double[] {5}), "0a0-5", "1a5-10");
        assertPlaced("maxmin", alone(new double[] {5}, new double[] {5}), "0a0-5", "1a5-10");
    }

    /** a ends 1 at 7 and b at 3 + 4; a wins only because it is lower. */
    @Test
    void ofEqualFinishesTheLowestDeviceIsTaken() throws Exception {
        Problem problem = chain(4, new double[] {3, NO}, new double[] {4, 0});
        for (String name : List.of("heft", "cpop", "peft", "mct", "minmin", "maxmin", "etf-finish", "fcp", "hld")) {
            assertPlaced(name, problem, "0a0-3", "1a3-7");
        }
    }

    /** b is quicker for 1, but nothing gets there from a: the shortest that can be reached is c. */
    @Test
    void theShortestExecutionMustBeReachable() throws Exception {
        double[][] rate = {{1, 0, 1}, {1, 1, 1}, {1, 1, 1}};
        Problem problem = Variants.withLinks(
                chain(2, new double[] {3, NO, NO}, new double[] {9, 1, 4}), Links.perPair(rate, new double[3][3]));
        assertPlaced("met", problem, "0a0-3", "1c5-9");
        assertPlaced("stf", problem, "0a0-3", "1c5-9");
        // Free first is b, which cannot be reached, then c; the earliest start is on a, at 3.
        assertPlaced("olb", problem, "0a0-3", "1c5-9");
        assertPlaced("etf-start", problem, "0a0-3", "1a3-12");
    }

    /** 1's inputs are on a and b, neither of which runs it; c, free, has no link from b; only d takes both. */
    @Test
    void whereNeitherOfTwoDevicesWillDoAllAreLookedAt() throws Exception {
        double[][] rate = new double[4][4];
        Arrays.stream(rate).forEach(row -> Arrays.fill(row, 1));
        rate[1][2] = 0;
        Problem join = Variants.withReadyTimes(
                Variants.withLinks(
                        TestProblems.problem(
                                TaskGraph.builder()
                                        .tasks(3)
                                        .edge(0, 2, 1)
                                        .edge(1, 2, 1)
                                        .build(),
                                new double[][] {{2, NO, NO, NO}, {NO, 2, NO, NO}, {NO, NO, 1, 5}}),
                        Links.perPair(rate, new double[4][4])),
                0,
                0,
                0,
                30);
        for (String name : List.of("fcp", "flb", "heft", "mct")) {
            assertPlaced(name, join, "0a0-2", "1b0-2", "2d30-35");
        }
    }

    /** Costs 4 on a, and no other device but b: the median of 4 and none is none, so 4 is typical. */
    @Test
    void aMedianThatCannotRunIsReplacedInDynamicLevels() throws Exception {
        // Levels are 4 and 3. DL of 0 on a: 4 + 4 - 4; of 1: 3 + 3 - 2 on a, 3 + 3 - 4 on b. Equal: the lower task.
        assertPlaced("dls", alone(new double[] {4, NO}, new double[] {2, 4}), "0a0-4", "1b0-4");
    }

    /** Ready at 10, a is done with 1 + 1 at 12; b, ready at 0, needs 5 + 6. */
    @Test
    void theFastestNodeIsTheOneThatIsDoneFirst() throws Exception {
        Problem problem = alone(new double[] {1, 5}, new double[] {1, 6});
        assertPlaced("fastest-node", Variants.withReadyTimes(problem, 10, 0), "0b0-5", "1b5-11");
        assertPlaced("fastest-node", Variants.withReadyTimes(problem, 8, 0), "0a8-9", "1a9-10");
        assertPlaced("fastest-node", Variants.withReadyTimes(problem, 9, 0), "0a9-10", "1a10-11");
    }

    @Test
    void withoutADeviceForEverythingTheFastestNodeRefuses() {
        assertThatThrownBy(() ->
                        Algorithms.named("fastest-node", 0).schedule(alone(new double[] {1, NO}, new double[] {NO, 1})))
                .isInstanceOf(UnschedulableException.class)
                .hasMessage("no single device runs every task");
    }

    /** All ranks are 0, and 2 feeds 0: it comes first all the same. */
    @Test
    void tasksOfNoLengthKeepTheirOrder() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(3).edge(2, 0, 0).edge(0, 1, 0).build(),
                new double[][] {{0, 0}, {0, 0}, {0, 0}});
        for (String name : Algorithms.portfolioMembers()) {
            assertPlaced(name, problem, "2a0-0", "0a0-0", "1a0-0");
        }
    }

    /** Data of 10 takes 10 to b: running 0 (3) again there lets 1 start at 3; and 2, on a, keeps the first copy. */
    @Test
    void aCopyIsMadeOnlyWhereItHelps() throws Exception {
        Problem fork = TestProblems.problem(
                TaskGraph.builder().tasks(3).edge(0, 1, 10).edge(0, 2, 10).build(),
                new double[][] {{2, 3}, {5, 5}, {5, 5}});
        assertPlaced("hld", fork, "0a0-2", "0b0-3", "1a2-7", "2b3-8");
        // With data of 1 it is there at 3 as well: no sooner, so no copy, and 3 can have b until then.
        Problem light = TestProblems.problem(
                TaskGraph.builder().tasks(4).edge(0, 1, 1).edge(0, 2, 1).build(),
                new double[][] {{2, 3}, {5, 5}, {5, 5}, {NO, 2}});
        assertPlaced("hld", light, "0a0-2", "1a2-7", "2b3-8", "3b0-2");
    }

    /** A task seen only once its inputs have ended: at 0 there are 0 and 3; 1 and 2 come at 2 and wait behind 3. */
    @Test
    void whatIsReadyTogetherIsChosenTogether() throws Exception {
        Problem problem = TestProblems.problem(
                TaskGraph.builder().tasks(4).edge(0, 1, 0).edge(0, 2, 0).build(), new double[][] {{2}, {4}, {1}, {3}});
        assertPlaced("etf-finish", problem, "0a0-2", "3a2-5", "2a5-6", "1a6-10");
        assertPlaced("stf", problem, "0a0-2", "3a2-5", "2a5-6", "1a6-10");
        // Placed is enough for MinMin: 2 goes before 3.
        assertPlaced("minmin", problem, "0a0-2", "2a2-3", "3a3-6", "1a6-10");
    }
}
