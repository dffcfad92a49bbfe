package io.fleetwright.scheduler.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CostTableTest {
    private static final double NO = CostTable.CANNOT_RUN;

    /** Three devices of two kinds: the mean of 6 on two and 3 on one is 5. */
    @Test
    void theMeanIsOverDevicesNotOverKinds() {
        CostTable table =
                CostTable.perKind(new double[][] {{6, 3}, {NO, 4}, {NO, NO}}, new int[] {0, 1, 2}, new int[] {0, 1, 0});
        assertThat(table.executionTimeMean(0)).isEqualTo(5);
        assertThat(table.executionTimeMean(1)).isEqualTo(4);
        assertThat(table.executionTimeMean(2)).isEqualTo(NO);
        assertThat(table.tasksWithoutDevice()).containsExactly(2);
        assertThat(table.deviceKindMembers(0)).isEqualTo(2);
        assertThat(table.deviceKind(1)).isEqualTo(1);
        assertThat(table.executionTimeOnKind(1, 1)).isEqualTo(4);
        assertThat(table.canRun(1, 0)).isFalse();
    }

    @Test
    void aKindWithoutDevicesCountsForNothing() {
        CostTable table = CostTable.perKind(new double[][] {{8, 1}}, new int[] {0}, new int[] {0, 0});
        assertThat(table.deviceKindCount()).isEqualTo(2);
        assertThat(table.deviceKindMembers(1)).isZero();
        assertThat(table.executionTimeMean(0)).isEqualTo(8);
    }

    @Test
    void kindsGiveTheFiguresOfTheWrittenOutTable() {
        SeededCases.forEach(1, 100, (random, _) -> {
            int kinds = random.nextInt(1, 4);
            int[] kindOfTask = random.ints(random.nextInt(1, 8), 0, 3).toArray();
            int[] kindOfDevice = random.ints(random.nextInt(1, 8), 0, kinds).toArray();
            double[][] costs = new double[3][kinds];
            for (double[] row : costs) {
                Arrays.setAll(row, _ -> random.nextInt(4) == 0 ? NO : random.nextInt(20));
            }
            double[][] written = new double[kindOfTask.length][kindOfDevice.length];
            for (int task = 0; task < written.length; task++) {
                int row = kindOfTask[task];
                Arrays.setAll(written[task], device -> costs[row][kindOfDevice[device]]);
            }
            CostTable byKind = CostTable.perKind(costs, kindOfTask, kindOfDevice);
            CostTable byTask = CostTable.perTask(written);
            assertThat(byKind.tasksWithoutDevice()).isEqualTo(byTask.tasksWithoutDevice());
            for (int task = 0; task < written.length; task++) {
                assertThat(byKind.executionTimeMean(task)).isEqualTo(byTask.executionTimeMean(task));
                for (int device = 0; device < kindOfDevice.length; device++) {
                    assertThat(byKind.executionTime(task, device)).isEqualTo(written[task][device]);
                }
            }
        });
    }

    @Test
    void whatIsNotAllowedCannotRun() {
        CostTable table = CostTable.perKind(new double[][] {{6}}, new int[] {0, 0}, new int[] {0, 0});
        CostTable restricted = table.restrictedTo((task, device) -> task == device);
        assertThat(restricted.executionTime(0, 0)).isEqualTo(6);
        assertThat(restricted.executionTime(0, 1)).isEqualTo(NO);
        assertThat(restricted.executionTimeMean(1)).isEqualTo(6);
        assertThat(table.executionTime(0, 1)).isEqualTo(6);
        CostTable large = CostTable.perKind(new double[][] {{1}}, new int[5000], new int[5000]);
        assertThatThrownBy(() -> large.restrictedTo((_, _) -> true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("restrictions on 5000 tasks x 5000 devices are over 10000000 cells");
    }

    @Test
    void figuresOutOfRangeAreNamed() {
        assertThatThrownBy(() -> CostTable.perTask(new double[][] {{1, 2e18}}))
                .hasMessage("cost[0][1] (2.0E18) must be 0 to 1.0E18, or infinite for 'cannot run'");
        assertThatThrownBy(() -> CostTable.perTask(new double[][] {{-0.5}})).hasMessageContaining("cost[0][0] (-0.5)");
        assertThatThrownBy(() -> CostTable.perKind(new double[][] {{1}}, new int[] {0}, new int[] {0, -1}))
                .hasMessage("kind (-1) of device 1 must be 0 to 0");
    }

    @Test
    void theLongestTimesDoNotOverflow() {
        double[] row = new double[1000];
        Arrays.fill(row, CostTable.COST_MAX);
        assertThat(CostTable.perTask(new double[][] {row}).executionTimeMean(0))
                .isCloseTo(CostTable.COST_MAX, within(1e6));
    }
}
