package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tree over like devices against a look at each of them. */
class DeviceGroupTest {
    /** The lowest device of those that finish first, not after the limit; negative if none does. */
    private static int lowest(
            int[] devices, Timeline[] timelines, double arrival, double duration, Insertion insertion, double limit) {
        double[] finish = IntStream.of(devices)
                .mapToDouble(device -> duration
                        + (insertion == Insertion.FILL_GAPS
                                ? timelines[device].firstGap(arrival, duration)
                                : Math.max(arrival, timelines[device].end())))
                .toArray();
        double least = IntStream.range(0, finish.length)
                .mapToDouble(i -> finish[i])
                .min()
                .orElseThrow();
        return least > limit
                ? -1
                : devices[
                        IntStream.range(0, finish.length)
                                .filter(i -> finish[i] == least)
                                .findFirst()
                                .orElseThrow()];
    }

    private static void assertSame(
            DeviceGroup group, int[] devices, Timeline[] timelines, SplittableRandom random, boolean whole) {
        double arrival = figure(random, 40, whole);
        double duration = figure(random, 12, whole);
        double limit = random.nextBoolean() ? Double.POSITIVE_INFINITY : figure(random, 50, whole);
        for (Insertion insertion : Insertion.values()) {
            int expected = lowest(devices, timelines, arrival, duration, insertion, limit);
            assertThat(group.search(arrival, duration, insertion, limit)).isEqualTo(expected >= 0);
            if (expected >= 0) {
                assertThat(group.bestDevice()).isEqualTo(expected);
                assertThat(group.bestFinish())
                        .isEqualTo(lowestFinish(timelines[expected], arrival, duration, insertion));
            }
        }
    }

    private static double lowestFinish(Timeline timeline, double arrival, double duration, Insertion insertion) {
        return insertion == Insertion.FILL_GAPS
                ? timeline.firstGap(arrival, duration) + duration
                : Math.max(arrival, timeline.end()) + duration;
    }

    private static double figure(SplittableRandom random, int bound, boolean whole) {
        return whole ? random.nextInt(bound) : random.nextDouble() * bound;
    }

    @Test
    void theSearchFindsTheLowestDeviceOfTheFirstToFinish() {
        SeededCases.forEach(1, 300, (random, _) -> {
            boolean whole = random.nextInt(3) > 0;
            Timeline[] timelines = new Timeline[random.nextInt(1, 40)];
            for (int device = 0; device < timelines.length; device++) {
                timelines[device] = new Timeline(random.nextInt(3) == 0 ? figure(random, 20, whole) : 0);
            }
            int[] devices = IntStream.range(0, timelines.length)
                    .filter(device -> device == 0 || random.nextInt(4) > 0)
                    .toArray();
            var group = new DeviceGroup(0, 0, devices, timelines);
            for (int change = 0; change < 30; change++) {
                int place = random.nextInt(devices.length);
                Timeline timeline = timelines[devices[place]];
                double duration = figure(random, 6, whole);
                double from = timeline.firstGap(figure(random, 40, whole), duration);
                timeline.add(from, from + duration);
                group.changed(place);
                if (random.nextInt(6) == 0) {
                    timeline.remove(from, from + duration);
                    group.changed(place);
                }
                assertSame(group, devices, timelines, random, whole);
            }
        });
    }

    /** Devices 3, 5 and 9: free from 4, from 0 with a gap until 2 and busy 2 to 6, and from 1 on. */
    @ParameterizedTest
    @CsvSource({
        // At 0 for 2: device 5 has exactly that gap, device 9 ends at 3.
        "0, 2, FILL_GAPS, Infinity, 5, 2",
        "0, 2, APPEND,    Infinity, 9, 3",
        // 2.5 does not fit before 2, so device 9 from 1.
        "0, 2.5, FILL_GAPS, Infinity, 9, 3.5",
        // At 5: devices 3 and 9 both end at 7, 5 at 8.
        "5, 2, FILL_GAPS, Infinity, 3, 7",
        "5, 2, APPEND,    Infinity, 3, 7",
        // At 6 all three are free.
        "6, 1, FILL_GAPS, Infinity, 3, 7",
        // A limit that is met exactly counts.
        "5, 2, APPEND, 7, 3, 7",
        "0, 2, FILL_GAPS, 2, 5, 2",
        // Nothing to do takes no time: at 0 only device 5 is free.
        "0, 0, FILL_GAPS, Infinity, 5, 0",
        "1, 0, FILL_GAPS, Infinity, 5, 1",
        "1, 0, APPEND, Infinity, 9, 1",
    })
    void theFirstToFinishIsFound(
            double arrival, double duration, Insertion insertion, double limit, int device, double finish) {
        DeviceGroup group = three();
        assertThat(group.search(arrival, duration, insertion, limit)).isTrue();
        assertThat(group.bestDevice()).isEqualTo(device);
        assertThat(group.bestFinish()).isEqualTo(finish);
    }

    @ParameterizedTest
    @CsvSource({"5, 2, APPEND, 6.9", "0, 2, FILL_GAPS, 1.9", "0, 3, FILL_GAPS, 3.5", "0, 1, APPEND, 1.5"})
    void nothingIsFoundBeforeTheLimit(double arrival, double duration, Insertion insertion, double limit) {
        assertThat(three().search(arrival, duration, insertion, limit)).isFalse();
    }

    private static DeviceGroup three() {
        Timeline[] timelines = new Timeline[10];
        timelines[3] = new Timeline(4);
        timelines[5] = new Timeline(0);
        timelines[5].add(2, 6);
        timelines[9] = new Timeline(1);
        return new DeviceGroup(0, 0, new int[] {3, 5, 9}, timelines);
    }
}
