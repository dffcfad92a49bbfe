package io.fleetwright.scheduler.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Links against a walk over every ordered pair of devices. */
class LinksModelTest {
    private static final double NEVER = Double.POSITIVE_INFINITY;

    private record Zones(int[] zoneOfDevice, double[][] bandwidth, double[][] latency) {
        static Zones random(SplittableRandom random) {
            int zones = random.nextInt(1, 5);
            double[][] bandwidth = new double[zones][zones];
            double[][] latency = new double[zones][zones];
            for (int zone = 0; zone < zones; zone++) {
                Arrays.setAll(bandwidth[zone], _ -> random.nextInt(3) == 0 ? 0 : random.nextInt(1, 9));
                Arrays.setAll(latency[zone], _ -> random.nextInt(5));
            }
            return new Zones(random.ints(random.nextInt(1, 9), 0, zones).toArray(), bandwidth, latency);
        }

        int devices() {
            return zoneOfDevice.length;
        }

        double bandwidth(int[] pair) {
            return bandwidth[zoneOfDevice[pair[0]]][zoneOfDevice[pair[1]]];
        }

        double latency(int[] pair) {
            return latency[zoneOfDevice[pair[0]]][zoneOfDevice[pair[1]]];
        }

        List<int[]> linkedPairs() {
            List<int[]> pairs = new ArrayList<>();
            for (int from = 0; from < devices(); from++) {
                for (int to = 0; to < devices(); to++) {
                    int[] pair = {from, to};
                    if (from != to && bandwidth(pair) > 0) {
                        pairs.add(pair);
                    }
                }
            }
            return pairs;
        }

        Links links() {
            return Links.zoned(zoneOfDevice, bandwidth, latency);
        }
    }

    @Test
    void everyFigureIsThatOfAWalkOverThePairs() {
        SeededCases.forEach(1, 300, (random, _) -> {
            Zones zones = Zones.random(random);
            Links links = zones.links();
            List<int[]> pairs = zones.linkedPairs();
            double volume = random.nextInt(100);
            double rate = pairs.stream().mapToDouble(zones::bandwidth).average().orElse(0);
            double delay = pairs.stream().mapToDouble(zones::latency).average().orElse(0);
            assertThat(links.transferTimeMean(volume))
                    .isCloseTo(pairs.isEmpty() ? 0 : delay + volume / rate, within(1e-9));
            // The least time takes the least latency and the best rate, though no single pair need have both.
            assertThat(links.transferTimeMin(volume))
                    .isEqualTo(
                            pairs.isEmpty()
                                    ? NEVER
                                    : pairs.stream()
                                                    .mapToDouble(zones::latency)
                                                    .min()
                                                    .orElseThrow()
                                            + volume
                                                    / pairs.stream()
                                                            .mapToDouble(zones::bandwidth)
                                                            .max()
                                                            .orElseThrow());
        });
    }

    @Test
    void betweenZonesIsAsBetweenAnyTwoOfTheirDevices() {
        SeededCases.forEach(1, 200, (random, _) -> {
            Zones zones = Zones.random(random);
            Links links = zones.links();
            assertThat(links.zoneCount()).isEqualTo(zones.bandwidth().length);
            for (int from = 0; from < zones.devices(); from++) {
                assertThat(links.transferTime(1e6, from, from)).isZero();
                assertThat(links.zoneOf(from)).isEqualTo(zones.zoneOfDevice()[from]);
                for (int to = 0; to < zones.devices(); to++) {
                    if (from != to) {
                        assertThat(links.transferTime(12, from, to))
                                .isEqualTo(links.transferTimeBetweenZones(12, links.zoneOf(from), links.zoneOf(to)));
                    }
                }
            }
        });
    }

    /** Twice the volume takes twice as long but for the latency, and a rate half as high does the same. */
    @Test
    void aTransferIsLinearInItsVolumeAndInverseInItsRate() {
        SeededCases.forEach(1, 100, (random, _) -> {
            Zones zones = Zones.random(random);
            double[][] half = Arrays.stream(zones.bandwidth())
                    .map(row -> Arrays.stream(row).map(rate -> rate / 2).toArray())
                    .toArray(double[][]::new);
            Links links = zones.links();
            Links slower = Links.zoned(zones.zoneOfDevice(), half, zones.latency());
            double volume = random.nextInt(40);
            assertThat(slower.transferTimeMean(volume)).isCloseTo(links.transferTimeMean(2 * volume), within(1e-9));
            assertThat(slower.transferTimeMin(volume)).isEqualTo(links.transferTimeMin(2 * volume));
            for (int[] pair : zones.linkedPairs()) {
                assertThat(slower.transferTime(volume, pair[0], pair[1]))
                        .isEqualTo(links.transferTime(2 * volume, pair[0], pair[1]));
            }
        });
    }

    /** A device in a zone of its own, without a link to or from anything, changes no figure between the others. */
    @Test
    void aDeviceWithoutLinksChangesNoFigure() {
        SeededCases.forEach(1, 100, (random, _) -> {
            Zones zones = Zones.random(random);
            int size = zones.bandwidth().length;
            int[] zoneOfDevice = IntStream.concat(Arrays.stream(zones.zoneOfDevice()), IntStream.of(size))
                    .toArray();
            Links links = zones.links();
            Links larger = Links.zoned(zoneOfDevice, enlarged(zones.bandwidth()), enlarged(zones.latency()));
            assertThat(larger.transferTimeMean(30)).isEqualTo(links.transferTimeMean(30));
            assertThat(larger.transferTimeMin(30)).isEqualTo(links.transferTimeMin(30));
            for (int device = 0; device < zones.devices(); device++) {
                assertThat(larger.transferTime(0, device, zones.devices())).isEqualTo(NEVER);
                assertThat(larger.transferTime(0, zones.devices(), device)).isEqualTo(NEVER);
            }
        });
    }

    private static double[][] enlarged(double[][] table) {
        return IntStream.rangeClosed(0, table.length)
                .mapToObj(row -> row < table.length ? Arrays.copyOf(table[row], row(table)) : new double[row(table)])
                .toArray(double[][]::new);
    }

    private static int row(double[][] table) {
        return table.length + 1;
    }

    /** 40 over a rate of 4 is 10; latency comes once, however much there is. */
    @ParameterizedTest
    @CsvSource({
        "0,  0, 4,  0",
        "40, 0, 4,  10",
        "40, 3, 4,   13",
        "0, 3, 4, 3",
        "1, 0, 0.5, 2",
        "40, 3, 0,  Infinity",
        "0, 0, 0, Infinity",
        "0, 7, 0, Infinity",
    })
    void aTransferIsLatencyAndVolumeOverRate(double volume, double latency, double rate, double time) {
        Links links = Links.uniform(3, rate, latency);
        assertThat(links.transferTime(volume, 0, 2)).isEqualTo(time);
        assertThat(links.transferTime(volume, 2, 1)).isEqualTo(time);
        assertThat(links.transferTimeMin(volume)).isEqualTo(time);
        assertThat(links.transferTimeMean(volume)).isEqualTo(rate == 0 ? 0 : time);
    }

    static List<Object[]> tables() {
        double[][] two = {{1, 1}, {1, 1}};
        return List.of(
                new Object[] {
                    new int[] {0},
                    new double[][] {{1, 1}, {1, 1}, {1, 1}},
                    two,
                    "bandwidth row 0 has 2 values, must have 3"
                },
                new Object[] {new int[] {0}, two, new double[][] {{1, 1}}, "latency has 1 rows, must have 2"},
                new Object[] {
                    new int[] {0}, two, new double[][] {{1, 1}, {1, 1, 1}}, "latency row 1 has 3 values, must have 2"
                },
                new Object[] {
                    new int[] {0},
                    new double[][] {{1, -1}, {1, 1}},
                    two,
                    "bandwidth[0][1] (-1.0) must be finite and at least 0"
                },
                new Object[] {
                    new int[] {0},
                    new double[][] {{1, 1}, {NEVER, 1}},
                    two,
                    "bandwidth[1][0] (Infinity) must be finite and at least 0"
                },
                new Object[] {
                    new int[] {0},
                    two,
                    new double[][] {{1, 1}, {1, -0.1}},
                    "latency[1][1] (-0.1) must be finite and at least 0"
                },
                new Object[] {new int[] {0, 1, 2}, two, two, "zone (2) of device 2 must be 0 to 1"},
                new Object[] {new int[] {0, -1}, two, two, "zone (-1) of device 1 must be 0 to 1"},
                new Object[] {new int[] {0}, new double[0][], new double[0][], "zone (0) of device 0 must be 0 to -1"});
    }

    @ParameterizedTest
    @MethodSource("tables")
    void aTableThatDoesNotFitIsNamed(int[] zones, double[][] bandwidth, double[][] latency, String message) {
        assertThatThrownBy(() -> Links.zoned(zones, bandwidth, latency))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
