package io.fleetwright.scheduler.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LinksTest {
    /** Zone 0 has two devices, zone 1 one: two pairs within zone 0, and two each way between them, one way missing. */
    @Test
    void meansAndExtremesAreOverLinkedPairsOfDifferentDevices() {
        Links links =
                Links.zoned(new int[] {0, 0, 1}, new double[][] {{8, 2}, {0, 99}}, new double[][] {{1, 3}, {5, 0}});
        // Bandwidth (2 x 8 + 2 x 2) / 4 = 5 and latency (2 x 1 + 2 x 3) / 4 = 2; zone 1 has no second device.
        assertThat(links.transferTimeMean(10)).isEqualTo(2 + 10.0 / 5);
        assertThat(links.transferTimeMin(16)).isEqualTo(1 + 16.0 / 8);
        assertThat(links.transferTime(16, 0, 1)).isEqualTo(1 + 16.0 / 8);
        assertThat(links.transferTime(16, 0, 2)).isEqualTo(3 + 16.0 / 2);
        assertThat(links.transferTime(16, 2, 0)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(links.transferTime(16, 2, 2)).isZero();
    }

    @Test
    void oneDeviceAloneHasNoMeanTransfer() {
        Links links = Links.uniform(1, 5, 7);
        assertThat(links.transferTimeMean(100)).isZero();
        assertThat(links.transferTimeMin(100)).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void noTransferIsQuickerThanTheLeast() {
        SeededCases.forEach(1, 100, (random, _) -> {
            int devices = random.nextInt(2, 6);
            double[][] bandwidth = new double[devices][devices];
            double[][] latency = new double[devices][devices];
            for (int from = 0; from < devices; from++) {
                Arrays.setAll(bandwidth[from], _ -> random.nextInt(4));
                Arrays.setAll(latency[from], _ -> random.nextInt(4));
            }
            Links links = Links.perPair(bandwidth, latency);
            double volume = random.nextInt(1, 50);
            for (int from = 0; from < devices; from++) {
                for (int to = 0; to < devices; to++) {
                    if (from != to) {
                        assertThat(links.transferTime(volume, from, to))
                                .isGreaterThanOrEqualTo(links.transferTimeMin(volume));
                    }
                }
            }
        });
    }

    @Test
    void tablesThatAreNotSquareAreNamed() {
        assertThatThrownBy(() -> Links.perPair(new double[][] {{1, 1}, {1}}, new double[2][2]))
                .hasMessage("bandwidth row 1 has 1 values, must have 2");
        assertThatThrownBy(() -> Links.perPair(new double[2][2], new double[1][2]))
                .hasMessage("latency has 1 rows, must have 2");
        assertThatThrownBy(() -> Links.uniform(2, 1, Double.NaN))
                .hasMessage("latency[0][0] (NaN) must be finite and at least 0");
    }

    @Test
    void laterChangesOfTheTablesAreNotSeen() {
        double[][] bandwidth = {{1, 4}, {4, 1}};
        Links links = Links.perPair(bandwidth, new double[2][2]);
        bandwidth[0][1] = 1;
        assertThat(links.transferTime(8, 0, 1)).isEqualTo(2);
    }
}
