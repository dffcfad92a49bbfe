package io.fleetwright.scheduler.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.scheduler.TestProblems;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlatformTest {
    private static final double NONE = CostTable.CANNOT_RUN;

    @Test
    void aTransferTakesLatencyPlusVolumeOverBandwidthAndNothingWithinADevice() {
        var links = Links.perPair(new double[][] {{0, 4}, {2, 0}}, new double[][] {{0, 1}, {3, 0}});
        assertThat(links.transferTime(8, 0, 1)).isEqualTo(3);
        assertThat(links.transferTime(8, 1, 0)).isEqualTo(7);
        assertThat(links.transferTime(8, 1, 1)).isZero();
        assertThat(links.transferTimeMean(9)).isEqualTo(2 + 9 / 3.0);
    }

    @Test
    void withoutALinkNothingArrivesAndTheMeanLeavesThePairOut() {
        var links = Links.perPair(new double[][] {{0, 0}, {2, 0}}, new double[2][2]);
        assertThat(links.transferTime(0, 0, 1)).isInfinite();
        assertThat(links.transferTimeMean(8)).isEqualTo(4);
        assertThat(Links.uniform(1, 5, 5).transferTimeMean(8)).isZero();
    }

    @Test
    void zonesGiveTheSameFiguresAsTheWrittenOutPairs() {
        int[] zone = {0, 1, 0};
        double[][] bandwidth = {{8, 2}, {4, 1}};
        double[][] latency = {{1, 5}, {7, 100}};
        var zoned = Links.zoned(zone, bandwidth, latency);
        double[][] bandwidthPairs = new double[3][3];
        double[][] latencyPairs = new double[3][3];
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 3; b++) {
                bandwidthPairs[a][b] = bandwidth[zone[a]][zone[b]];
                latencyPairs[a][b] = latency[zone[a]][zone[b]];
            }
        }
        var pairs = Links.perPair(bandwidthPairs, latencyPairs);
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 3; b++) {
                assertThat(zoned.transferTime(16, a, b)).isEqualTo(pairs.transferTime(16, a, b));
            }
        }
        assertThat(zoned.transferTimeMean(16)).isEqualTo(pairs.transferTimeMean(16));
    }

    @Test
    void costsAreSharedByKindAndTheirMeanCountsDevicesThatRunTheTask() {
        var costs = CostTable.perKind(new double[][] {{2, 8}, {NONE, 5}}, new int[] {1, 0, 0}, new int[] {0, 1, 0, 0});
        assertThat(costs.taskCount()).isEqualTo(3);
        assertThat(costs.deviceCount()).isEqualTo(4);
        assertThat(costs.executionTime(0, 1)).isEqualTo(5);
        assertThat(costs.canRun(0, 3)).isFalse();
        assertThat(costs.executionTimeMean(0)).isEqualTo(5);
        assertThat(costs.executionTimeMean(2)).isEqualTo((2 * 3 + 8) / 4.0);
    }

    @Test
    void aTaskIsWithoutDeviceWhenNoDeviceOfAKindThatRunsItIsThere() {
        var costs = CostTable.perKind(new double[][] {{2, NONE}, {2, 3}}, new int[] {0, 1}, new int[] {1, 1});
        assertThat(costs.tasksWithoutDevice()).containsExactly(0);
    }

    @Test
    void badFiguresAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CostTable.perTask(new double[][] {{1, Double.NaN}}))
                .withMessageContaining("cost[0][1] (NaN)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CostTable.perTask(new double[][] {{1, 2}, {1}}))
                .withMessageContaining("cost row 1 has 1 values, must have 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CostTable.perKind(new double[][] {{1}}, new int[] {1}, new int[] {0}))
                .withMessageContaining("kind (1) of task 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Links.uniform(2, -1, 0))
                .withMessageContaining("bandwidth[0][0] (-1.0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Links.zoned(new int[] {1}, new double[][] {{1}}, new double[][] {{1}}))
                .withMessageContaining("zone (1) of device 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Device("p0", -1))
                .withMessageContaining("readyTime (-1.0) of device 'p0'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Platform(TestProblems.idle(2), Links.uniform(3, 1, 0)))
                .withMessageContaining("links cover 3 devices");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Platform(List.of(new Device("a", 0), new Device("a", 0)), Links.uniform(2, 1, 0)))
                .withMessageContaining("'a' is given more than once");
    }
}
